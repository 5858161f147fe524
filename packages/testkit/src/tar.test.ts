import { describe, expect, it } from 'vitest';
import { fileInTar, filesInTar } from './tar.ts';

describe('fileInTar(archive, name)', () => {
  const entry = (name: string, content: string, type = '0'): Buffer => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write(type, 156);
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content);
    return Buffer.concat([header, body]);
  };
  const archive = Buffer.concat([
    entry('./a', 'x'.repeat(700)),
    entry('lib/', '', '5'),
    entry('lib/b', 'second'),
    Buffer.alloc(1024),
  ]);

  it('finds a file behind others, with its exact length', () => {
    expect(Buffer.from(fileInTar(archive, 'lib/b')).toString()).toBe('second');
    expect(fileInTar(archive, 'a')).toHaveLength(700);
  });

  it('says which file is missing', () => {
    expect(() => fileInTar(archive, 'c')).toThrow('the archive holds no c');
  });

  it('lists files, not folders', () => {
    expect(filesInTar(archive).map(({ name }) => name)).toEqual(['a', 'lib/b']);
  });
});
