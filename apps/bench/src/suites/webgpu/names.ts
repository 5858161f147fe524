/** The engines of the suite, as they are named in the report. */
export const gpuNames = { ours: 'einlab-webgpu', tfjs: 'tfjs-webgpu', jaxJs: 'jax-js-webgpu' } as const;

/** The engines that ours is measured against. */
export const gpuPeerNames: readonly string[] = [gpuNames.tfjs, gpuNames.jaxJs];
