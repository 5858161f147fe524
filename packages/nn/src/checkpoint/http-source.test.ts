import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tensor } from '@einlab/einsum-core';
import { afterEach, describe, expect, it } from 'vitest';
import { loadSafetensors } from './load-safetensors.ts';
import { readNpy } from './read-npy.ts';
import { openSafetensors } from './safetensors-file.ts';
import { encodeSafetensors } from './save-safetensors.ts';
import { encodeNpy } from './write-npy.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, file: Uint8Array) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** An address that answers as asked for, and the ranges that were asked of it. */
async function serve(file: Uint8Array, answer: Answer): Promise<{ url: URL; ranges: (string | undefined)[] }> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response, file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`http://127.0.0.1:${port}/model.safetensors`), ranges };
}

const whole: Answer = (_request, response, file) => void response.end(file);

/** As RFC 9110 has it: one range, cut at the end of the file, unless the file is another one than the client knows. */
const ranged =
  (tag?: () => string): Answer =>
  (request, response, file) => {
    const [, start = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (tag !== undefined) response.setHeader('ETag', tag());
    const condition = request.headers['if-range'];
    if (start === '' || (condition !== undefined && condition !== tag?.())) return void response.end(file);
    const stop = Math.min(Number(last) + 1, file.length);
    response.writeHead(206, { 'Content-Range': `bytes ${start}-${stop - 1}/${file.length}` });
    response.end(file.subarray(Number(start), stop));
  };

/** 200 kB in front of a small tensor, so that the first block does not hold it. */
const file = await encodeSafetensors({ big: tensor(new Float32Array(50_000)), small: tensor([1, 2.5]) });
const dataStart = file.length - 200_008;

describe('an address', () => {
  it('whose server knows ranges is read by them', async () => {
    const { url, ranges } = await serve(
      file,
      ranged(() => '"one"'),
    );
    const { tensors } = await loadSafetensors(url, { names: ['small'] });
    expect(await tensors['small']?.toArray()).toEqual([1, 2.5]);
    expect(ranges).toEqual(['bytes=0-65535', `bytes=${dataStart + 200_000}-${file.length - 1}`]);
  });

  it('is fetched in one request where everything is read, or where it does not know ranges', async () => {
    const all = await serve(file, ranged());
    expect(Object.keys((await loadSafetensors(all.url)).tensors)).toEqual(['big', 'small']);
    expect(all.ranges).toEqual([undefined]);
    const simple = await serve(file, whole);
    await using opened = await openSafetensors(simple.url);
    expect(await (await opened.read('small')).toArray()).toEqual([1, 2.5]);
    expect((await opened.read('big')).size).toBe(50_000);
    expect(simple.ranges).toEqual(['bytes=0-65535']);
  });

  it('gives the rows of an npy file', async () => {
    const table = await encodeNpy(
      tensor(
        Float32Array.from({ length: 40_000 }, (_, i) => i),
        { shape: [20_000, 2] },
      ),
    );
    const { url, ranges } = await serve(table, ranged());
    expect(await (await readNpy(url, { rows: [19_999, 20_000] })).toArray()).toEqual([[39_998, 39_999]]);
    expect(ranges).toEqual(['bytes=0-65535', `bytes=${table.length - 8}-${table.length - 1}`]);
  });

  it('is not asked for a tensor without elements, which has no range', async () => {
    const { url, ranges } = await serve(
      await encodeSafetensors({ big: tensor(new Float32Array(50_000)), empty: tensor([], { shape: [0, 3] }) }),
      ranged(),
    );
    expect((await loadSafetensors(url, { names: ['empty'] })).tensors['empty']?.shape).toEqual([0, 3]);
    expect(ranges).toHaveLength(1);
  });

  it('that ends behind the first block is read from it', async () => {
    const small = await encodeSafetensors({ x: tensor([3]) });
    const { url, ranges } = await serve(small, ranged());
    expect(await (await loadSafetensors(url, { names: ['x'] })).tensors['x']?.toArray()).toEqual([3]);
    expect(ranges).toHaveLength(1);
  });

  it('whose file changes in between is refused', async () => {
    let version = 0;
    const { url } = await serve(
      file,
      ranged(() => `"${version++}"`),
    );
    await expect(loadSafetensors(url, { names: ['small'] })).rejects.toThrow(
      `${url.href}: asked for the bytes ${dataStart + 200_000} to ${file.length - 1}, the server answered 200 with the whole file; has the file changed?`,
    );
  });

  it.each<[string, Answer, string]>([
    [
      'another range than was asked for',
      (_, response, { length }) => {
        response.writeHead(206, { 'Content-Range': `bytes 1-65536/${length}` });
        response.end(new Uint8Array(65536));
      },
      `asked for the bytes 0 to 65535 of ${file.length}, the server sent 1 to 65536 of ${file.length}`,
    ],
    [
      'no range at all',
      (_, response) => void response.writeHead(206).end('abc'),
      'the server answered a part as ""; expected "bytes first-last/total"',
    ],
    [
      'a length that is unknown',
      (_, response) => void response.writeHead(206, { 'Content-Range': 'bytes 0-65535/*' }).end(new Uint8Array(65536)),
      'the server does not say how long the file is: "bytes 0-65535/*"',
    ],
    [
      'fewer bytes than it says',
      (_, response, { length }) => {
        response.writeHead(206, { 'Content-Range': `bytes 0-65535/${length}` });
        response.end(new Uint8Array(10));
      },
      'the bytes end at 10; expected them up to 65536',
    ],
    [
      'more bytes than it says',
      (_, response, { length }) => {
        response.writeHead(206, { 'Content-Range': `bytes 0-65535/${length}` });
        response.end(new Uint8Array(70_000));
      },
      'the server sent more than the bytes 0 to 65535 that were asked for',
    ],
    [
      'a connection that breaks',
      (_, response, { length }) => {
        response.writeHead(206, { 'Content-Range': `bytes 0-65535/${length}`, 'Content-Length': '65536' });
        response.write(new Uint8Array(10), () => response.destroy());
      },
      'the connection broke at byte 10 of 65536',
    ],
    ['an error', (_, response) => void response.writeHead(404).end('no'), 'the server answered 404 Not Found'],
  ])('whose server sends %s is refused', async (_, answer, message) => {
    const { url } = await serve(file, answer);
    await expect(openSafetensors(url)).rejects.toThrow(`${url.href}: ${message}`);
    await expect(openSafetensors(url)).rejects.toMatchObject({ code: 'file' });
  });

  it('that nobody answers is named', async () => {
    const { url } = await serve(file, whole);
    closing.pop()?.();
    await expect(loadSafetensors(url)).rejects.toThrow(
      `${url.href}: the server cannot be reached: connect ECONNREFUSED`,
    );
  });
});
