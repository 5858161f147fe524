import { loadedBytes } from '../../packages/testkit/src/lazy-chunks.ts';

/** Kilobytes after gzip that WebGPU may add to an application that opens such a device. */
const LIMIT = 40;

/** Stands in every shader that is compiled, and nowhere else in the engine. */
const MARK = 'createComputePipeline';

/**
 * What WebGPU adds to a program over the built packages: what is loaded when it opens a device, and nothing otherwise.
 *
 * @param folder - where scripts see the packages as a user's project would
 * @param program - imports nothing of devices
 */
export async function lazyBackend(folder: string, program: string): Promise<{ findings: string[]; size: string }> {
  const part = 'webgpu-backend';
  const options = { resolveDir: folder };
  const without = await loadedBytes(program, part, options);
  const using = await loadedBytes(
    `import { openDevice, setDefaultDevice } from '@einlab/einsum-core';\nsetDefaultDevice(await openDevice('webgpu'));\n${program}`,
    part,
    options,
  );
  const kilobytes = using.added / 1000;
  const findings: string[] = [];
  if (using.added === 0)
    findings.push(`opening a webgpu device loads no chunk called ${part}, so its size is not known`);
  if (kilobytes > LIMIT)
    findings.push(`WebGPU adds ${kilobytes.toFixed(1)} kB after gzip; at most ${LIMIT} are allowed`);
  for (const [name, { firstCode }] of Object.entries({ without, using })) {
    if (firstCode.includes(MARK)) findings.push(`the program ${name} WebGPU loads the backend at once, not when asked`);
  }
  if (without.added > 0) findings.push(`a program that opens no device may load ${without.added} bytes of WebGPU`);
  return { findings, size: `${kilobytes.toFixed(1)} kB more for webgpu, when it is asked for` };
}
