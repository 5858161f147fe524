import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { prepareWebgpu, webgpuEnvironment } from '@einlab/testkit/webgpu-environment';

/**
 * Starts this command again with a driver for WebGPU in sight, which the system looks for only when a process starts.
 * `EINLAB_WEBGPU=system` keeps the machine's own.
 *
 * @returns the exit status of the other process, or undefined where this one has what it needs.
 */
export async function inGpuProcess(): Promise<number | undefined> {
  const isPrepared = webgpuEnvironment() !== 'none';
  const environment = prepareWebgpu();
  if (isPrepared || environment !== 'software') return undefined;
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit' });
  const [status]: unknown[] = await once(child, 'exit');
  return typeof status === 'number' ? status : 1;
}
