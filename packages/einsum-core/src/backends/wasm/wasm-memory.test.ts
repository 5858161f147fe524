import { expect, it } from 'vitest';
import { EinlabError } from '../../base/errors.ts';
import { createWasmMemory, type WasmBuffer } from './wasm-memory.ts';

it('kept buffers fill the memory until an error of code memory says so; what is kept stays, and room that is made is used', async () => {
  const memory = createWasmMemory({}, { isShared: false });
  const values = Float32Array.of(1, 2, 3);
  const first = memory.upload(values, 'f32');
  const kept: WasmBuffer[] = [];
  let refusal: unknown;
  // blocks of a quarter of a GiB that nobody writes to, so the machine need not have them
  while (refusal === undefined && kept.length < 20) {
    try {
      kept.push(memory.keep(2 ** 26, 'f32'));
    } catch (error) {
      refusal = error;
    }
  }
  expect(kept.length).toBe(15);
  expect(refusal).toBeInstanceOf(EinlabError);
  expect(refusal).toMatchObject({ code: 'memory', details: { requested: 2 ** 28 } });
  expect(`${refusal}`).toMatch(/268435456 bytes for 67108864 elements of type f32 do not fit: \d+ bytes are in use/);

  const last = memory.upload(
    values.map((value) => 10 * value),
    'f32',
  );
  expect(Array.from(await first.read())).toEqual([1, 2, 3]);
  expect(Array.from(await last.read())).toEqual([10, 20, 30]);
  expect(() => memory.reserve(2 ** 29)).toThrow('bytes for intermediate results of one program do not fit');
  kept[3].release();
  kept[4].release();
  expect(memory.reserve(2 ** 29)).toBe(kept[3].address);
  expect(Array.from(await first.read())).toEqual([1, 2, 3]);
  for (const buffer of [first, last, ...kept]) buffer.release();
  expect(memory.usage().live).toBe(0);
});

it('a larger arena may use the room of the one before it', () => {
  const memory = createWasmMemory({}, { isShared: false });
  memory.reserve(2 ** 31);
  expect(memory.reserve(3 * 2 ** 30)).toBeGreaterThan(0);
  expect(memory.usage().pooled).toBeLessThan(3 * 2 ** 30 + 2 * 4096);
});
