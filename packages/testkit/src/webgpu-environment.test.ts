import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileInTar, prepareWebgpu, webgpuEnvironment } from './webgpu-environment.ts';

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

describe('fileInTar(archive, name)', () => {
  const entry = (name: string, content: string): Buffer => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content);
    return Buffer.concat([header, body]);
  };
  const archive = Buffer.concat([entry('./a', 'x'.repeat(700)), entry('b', 'second'), Buffer.alloc(1024)]);

  it('finds a file behind others, with its exact length', () => {
    expect(Buffer.from(fileInTar(archive, 'b')).toString()).toBe('second');
    expect(fileInTar(archive, 'a')).toHaveLength(700);
  });

  it('says which file is missing', () => {
    expect(() => fileInTar(archive, 'c')).toThrow('the archive holds no c');
  });
});
