import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareWebgpu, webgpuEnvironment } from './webgpu-environment.ts';

describe('prepareWebgpu()', () => {
  it('was called before this process started, and calling it again changes nothing', () => {
    const before = process.env['LD_LIBRARY_PATH'];
    const environment = webgpuEnvironment();
    expect(prepareWebgpu()).toBe(environment);
    expect(process.env['LD_LIBRARY_PATH']).toBe(before);
  });

  it.runIf(webgpuEnvironment() === 'software')('puts a Vulkan loader first on the path of libraries', () => {
    const [first = ''] = (process.env['LD_LIBRARY_PATH'] ?? '').split(delimiter);
    expect(existsSync(join(first, 'libvulkan.so.1'))).toBe(true);
  });
});
