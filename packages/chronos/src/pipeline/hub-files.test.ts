import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, openDevice, random, setDefaultDevice } from '@einlab/einsum-core';
import { encodeSafetensors } from '@einlab/nn';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBolt } from '../model/bolt/bolt-model.ts';
import { randomMaker } from '../model/parameter-maker.ts';
import { tinyBolt } from '../tiny.test-helper.ts';
import { writeConfig } from '../weights/write-config.ts';
import { fromPretrained } from './from-pretrained.ts';
import { hasHash } from './hub-files.ts';

const config = new TextEncoder().encode(JSON.stringify(writeConfig(tinyBolt)));
let weights = new Uint8Array();
let folder = '';

beforeAll(async () => {
  setDefaultDevice(await openDevice('wasm', { threads: 1 }));
  weights = Uint8Array.from(await encodeSafetensors(await evaluate(makeBolt(randomMaker(random.key(1)), tinyBolt))));
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'einlab-hub-'));
});
afterEach(() => rm(folder, { recursive: true }));

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const gitHash = (bytes: Uint8Array): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

/** A hub with one model, as the client of the real one talks to it. */
function hubWith(files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>): {
  readonly fetch: typeof fetch;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const answer: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    asked.push(`${init?.method ?? 'GET'} ${url.pathname}`);
    if (url.pathname.endsWith('/paths-info/main')) {
      const infos = [
        { path: 'config.json', type: 'file', size: config.length, oid: gitHash(config) },
        {
          path: 'model.safetensors',
          type: 'file',
          size: weights.length,
          oid: 'pointer',
          lfs: { oid: sha256(weights), size: weights.length, pointerSize: 134 },
        },
      ];
      return Response.json(infos);
    }
    const name = url.pathname.split('/resolve/main/')[1] ?? '';
    const bytes = files[name];
    if (bytes === undefined) return new Response('', { status: 404, headers: { 'X-Error-Code': 'EntryNotFound' } });
    const range = /bytes=(\d+)-(\d+)/.exec(new Headers(init?.headers).get('Range') ?? '');
    const [start, end] = range === null ? [0, bytes.length] : [Number(range[1]), Number(range[2]) + 1];
    return new Response(bytes.slice(start, end), {
      status: range === null ? 200 : 206,
      headers: { ETag: `"${name}"`, 'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}` },
    });
  };
  return { fetch: answer, asked };
}

const offline: typeof fetch = async () => {
  throw new TypeError('fetch failed');
};

describe('fromPretrained of an id', () => {
  it('fetches the files with progress, keeps them, and does not fetch them again', async () => {
    const hub = hubWith({ 'config.json': config, 'model.safetensors': weights });
    const told: string[] = [];
    const options = { fetch: hub.fetch, cache: folder };
    const pipeline = await fromPretrained('some/model', {
      ...options,
      onProgress: ({ file, loaded, total }) => told.push(`${file} ${loaded === total ? 'done' : ''}`),
    });
    expect(pipeline.config).toEqual(tinyBolt);
    expect(told).toContain('model.safetensors done');
    expect(await readFile(join(folder, 'some--model', 'main', 'model.safetensors'))).toEqual(Buffer.from(weights));
    const before = hub.asked.length;
    await fromPretrained('some/model', options);
    expect(hub.asked.slice(before)).toEqual(['POST /api/models/some/model/paths-info/main']);
  });

  it('goes on without a connection from the cache, and says what to do without one', async () => {
    const options = { cache: folder };
    await expect(fromPretrained('some/model', { ...options, fetch: offline })).rejects.toThrow(
      /some\/model cannot be fetched \(fetch failed\).*has no config.json of it; connect once, or download config.json and model.safetensors of some\/model/,
    );
    const hub = hubWith({ 'config.json': config, 'model.safetensors': weights });
    await fromPretrained('some/model', { ...options, fetch: hub.fetch });
    expect((await fromPretrained('some/model', { ...options, fetch: offline })).config).toEqual(tinyBolt);
    const kept = join(folder, 'some--model', 'main', 'model.safetensors');
    await writeFile(
      kept,
      weights.map((byte, i) => (i === weights.length - 1 ? byte ^ 1 : byte)),
    );
    await expect(fromPretrained('some/model', { ...options, fetch: offline })).rejects.toThrow(
      'has a damaged model.safetensors of it',
    );
  });

  it('refuses bytes that the hub does not vouch for, and fetches again what was damaged in the cache', async () => {
    const wrong = weights.map((byte, i) => (i === 900 ? byte ^ 1 : byte));
    const bad = hubWith({ 'config.json': config, 'model.safetensors': wrong });
    await expect(fromPretrained('some/model', { fetch: bad.fetch, cache: folder })).rejects.toThrow(
      'some/model/model.safetensors: the bytes that arrived have another checksum',
    );
    const hub = hubWith({ 'config.json': config, 'model.safetensors': weights });
    await fromPretrained('some/model', { fetch: hub.fetch, cache: folder });
    const kept = join(folder, 'some--model', 'main', 'model.safetensors');
    await writeFile(kept, wrong);
    await fromPretrained('some/model', { fetch: hub.fetch, cache: folder });
    expect(Uint8Array.from(await readFile(kept))).toEqual(weights);
  });

  it('says which file a model does not have', async () => {
    const hub = hubWith({ 'config.json': config });
    await expect(fromPretrained('some/model', { fetch: hub.fetch, cache: false })).rejects.toThrow(
      'some/model: there is no model.safetensors',
    );
  });

  it('ends at a signal', async () => {
    const hub = hubWith({ 'config.json': config, 'model.safetensors': weights });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(fromPretrained('some/model', { fetch: hub.fetch, cache: false, signal })).rejects.toThrow('enough');
  });
});

describe('hasHash', () => {
  it("knows git's name of a small file and the SHA-256 of a large one", async () => {
    const bytes = new TextEncoder().encode('hello\n');
    expect(await hasHash(bytes, 'ce013625030ba8dba906f756967f9e9ca394464a')).toBe(true);
    expect(await hasHash(bytes, '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03')).toBe(true);
    expect(await hasHash(bytes, '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be04')).toBe(false);
  });
});
