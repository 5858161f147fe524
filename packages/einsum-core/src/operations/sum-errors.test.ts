import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import '../index.ts';
import { opened, openDevice } from '../device/device.ts';
import { evaluateTensors, readTensor } from '../device/evaluate.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { logSumExp, softmax, sum } from './reductions.ts';

const page = readFileSync(new URL('../../../../docs/concepts/numerics.md', import.meta.url), 'utf8');
const u = 2 ** -24;

/** Roundings that docs/concepts/numerics.md allows each term of a sum on the wasm device. */
const roundings = {
  columns: (n: number): number => Math.min(Math.ceil(n / 4), 1024) + Math.ceil(n / 4096) + 8,
  rows: (n: number): number => (n < 1024 ? n : Math.ceil(3 * Math.sqrt(n)) + 64),
};

/** Numbers in [0, 1) with all 24 bits. */
function random(count: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) * 2 ** -24;
  });
}
const equal = (count: number): Float32Array => new Float32Array(count).fill(1.1);

async function onWasm(result: Tensor): Promise<ArrayLike<number>> {
  const [evaluated] = await evaluateTensors([result], opened(await openDevice('wasm')));
  return readTensor(evaluated);
}

/** The error of a sum in units of u times the sum of magnitudes. */
async function errorOf(values: Float32Array, along: 'columns' | 'rows'): Promise<number> {
  const n = values.length;
  let exact = 0;
  for (const value of values) exact += value;
  // two equal columns, so that the axis of the sum is one of rows
  const rows = (): Tensor => sum(tensor(values, { shape: [n, 1] }).multiply(tensor([1, 1])), 0);
  const [got] = Array.from(await onWasm(along === 'columns' ? sum(tensor(values)) : rows()));
  return Math.abs(got - exact) / (u * exact);
}

const table = [...page.matchAll(/^\| ([\d ]+) (columns|rows) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$/gm)].map((row) => ({
  n: Number(row[1].replaceAll(' ', '')),
  along: row[2] as 'columns' | 'rows',
  stated: Number(row[3]),
  found: { random: Number(row[4]), equal: Number(row[5]) },
}));

describe('the errors of sums that docs/concepts/numerics.md states', () => {
  it('stand there for short and long sums of both kinds', () => {
    expect(table.length).toBeGreaterThanOrEqual(8);
  });

  it.each(table)('$n $along: as found, and within the bound', async ({ n, along, stated, found }) => {
    expect(stated).toBe(roundings[along](n));
    for (const [kind, make] of [
      ['random', random],
      ['equal', equal],
    ] as const) {
      const error = await errorOf(make(n), along);
      expect(error, kind).toBeLessThanOrEqual(stated);
      expect(error.toFixed(1), kind).toBe(found[kind].toFixed(1));
    }
  });
});

describe.each([7, 1000, 50257])('sums of exponentials of %i terms', (n) => {
  const x = random(n).map((value) => 40 * value - 20);
  const largest = x.reduce((a, b) => Math.max(a, b));
  const total = x.reduce((partial, value) => partial + Math.exp(value - largest), 0);
  const m = roundings.columns(n);

  it('softmax is within (|x − max| + ln n + m + 12)·u of each element', async () => {
    const got = await onWasm(softmax(tensor(x, { shape: [1, n] })));
    const worst = x.reduce((most, value, i) => {
      const exact = Math.exp(value - largest) / total;
      const bound = (largest - value + Math.log(n) + m + 12) * u * exact;
      return Math.max(most, Math.abs(got[i] - exact) / bound);
    }, 0);
    expect(worst).toBeLessThanOrEqual(1);
  });

  it('logSumExp is within (m + ln n + 8 + 3·|result|)·u', async () => {
    const [got] = Array.from(await onWasm(logSumExp(tensor(x))));
    const exact = largest + Math.log(total);
    expect(Math.abs(got - exact)).toBeLessThanOrEqual((m + Math.log(n) + 8 + 3 * Math.abs(exact)) * u);
  });
});
