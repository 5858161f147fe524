/**
 * The flags of the WebGPU API by their numbers, which the specification fixes: Node has no globals for them.
 *
 * @see https://www.w3.org/TR/webgpu/#buffer-usage
 */
export const BUFFER_USAGE = {
  mapRead: 0x1,
  copySource: 0x4,
  copyDestination: 0x8,
  storage: 0x80,
  queryResolve: 0x200,
} as const;

/** @see https://www.w3.org/TR/webgpu/#map-mode */
export const MAP_READ = 0x1;

/** @see https://www.w3.org/TR/webgpu/#shader-stage */
export const COMPUTE_STAGE = 0x4;
