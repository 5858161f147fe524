import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../../index.ts';
import { einsum } from '../../../operations/einsum.ts';
import { cast, gelu, greater, tanh, where } from '../../../operations/elementwise.ts';
import { reshape, transpose } from '../../../operations/shape.ts';
import { traceGraph } from '../../../program/graph.ts';
import { type LoweredProgram, lowerProgram } from '../../../program/lower.ts';
import { iota } from '../../../tensor/create.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { randomComputation, valueAndGradients } from '../../../testing/random-graph.ts';
import { randomValues } from '../../wasm/gemm/contraction-mismatches.test-helper.ts';
import { noGpu, useTestGpu } from '../gpu.test-helper.ts';
import { type Target, targetOf } from '../target.ts';
import type { ContractionSchedule } from './contraction-schedule.ts';
import { machineOf } from './machine.ts';

const input = (shape: readonly number[]): Tensor => new Tensor(shape, 'f32', { kind: 'argument' });

/** What follows a contraction, element by element. */
const ENDINGS: Readonly<Record<string, (z: Tensor) => readonly Tensor[]>> = {
  bias: (z) => [z.add(input(z.shape.slice(-1)))],
  'a factor for each row, and something that lies the other way': (z) => [
    z.multiply(input(z.shape.map((size, axis) => (axis === 0 ? size : 1)))).add(transpose(input(z.shape.toReversed()))),
  ],
  'an activation and what went into it': (z) => {
    const x = z.add(input(z.shape.slice(-1)));
    return [gelu(x), x];
  },
  coordinates: (z) => [where(greater(iota(z.shape, z.rank - 1), 1), z, z.multiply(0.25))],
  '16 bits, and a comparison': (z) => {
    const y = z.multiply(3);
    return [cast(y, 'f16'), greater(y, 0)];
  },
  'a result the other way round': (z) => [transpose(z).add(1)],
  'axes of its own': (z) => {
    if (z.size % 2 === 1) return [reshape(z, [z.size]).add(input([z.size]))];
    return [reshape(z, [z.size / 2, 2]).multiply(input([2]))];
  },
  'sums of what is stored': (z) => {
    const y = tanh(z.multiply(input(z.shape.slice(-1))));
    return [y, y.sum(0)];
  },
};

const PATTERNS = ['mk,kn->mn', 'km,nk->nm', 'bmk,bkn->mbn', 'bkm,bnk->bnm', 'amk,kn->nam'];
/** Without a matrix of results: sums of rows. */
const ROWS = ['mk,k->m', 'bmk,bk->bm'];

type Sizes = Readonly<Record<string, number>>;

/** The program of a contraction and its ending. */
async function programWith(pattern: string, sizes: Sizes, ending: string): Promise<LoweredProgram> {
  const shapes = pattern
    .split('->')[0]
    .split(',')
    .map((letters) => [...letters].map((letter) => sizes[letter]));
  const [left, right] = shapes.map(input);
  return lowerProgram(traceGraph(ENDINGS[ending](einsum(pattern, left, right))).graph);
}

const registers = (rows: number, columns: number, lanes: number): ContractionSchedule => ({
  kind: 'registers',
  rows,
  columns,
  lanes,
});
const tiles = (rows: number, columns: number, loadsVectors: boolean): ContractionSchedule => ({
  kind: 'tiles',
  rows,
  columns,
  depth: 8,
  loadsVectors,
});
const schedules = [registers(1, 1, 1), registers(3, 2, 4), registers(16, 8, 4), tiles(1, 2, false), tiles(4, 8, true)];
const quads = { ...registers(8, 4, 8), sharesQuads: true } as ContractionSchedule;

describe.skipIf(noGpu)('elementwise work in the store of a contraction', () => {
  const gpu = useTestGpu();

  /** What a program gives with and without, and in how many dispatches. */
  const bothWays = async (
    program: LoweredProgram,
    inputs: readonly Float32Array[],
    change: Partial<Target>,
  ): Promise<{ bits: unknown[]; lines: string[]; dispatches: number }[]> => {
    const target = { ...targetOf(gpu().memory.state.gpu), ...change };
    return Promise.all(
      [true, false].map(async (foldsEpilogues) => {
        const { values, explanation } = await gpu().runProgram(program, inputs, { ...target, foldsEpilogues });
        return {
          bits: values.map((array) => [...new Uint8Array(array.buffer, array.byteOffset, array.byteLength)]),
          lines: explanation.split('\n').slice(1),
          dispatches: Number(/as (\d+) dispatches/.exec(explanation)?.[1]),
        };
      }),
    );
  };

  const check = async (pattern: string, sizes: Sizes, ending: string, change: Partial<Target>): Promise<void> => {
    const program = await programWith(pattern, sizes, ending);
    const inputs = program.inputs.map((buffer, n) => randomValues(program.buffers[buffer].elements, n + 1));
    const [folded, plain] = await bothWays(program, inputs, change);
    expect({ pattern, ending, bits: folded.bits }).toEqual({ pattern, ending, bits: plain.bits });
    expect({ pattern, ending, isFewer: folded.dispatches < plain.dispatches || [folded.lines, plain.lines] }).toEqual({
      pattern,
      ending,
      isFewer: true,
    });
  };

  const planned = (schedule: ContractionSchedule, parts = 1): Partial<Target> => ({
    planOf: () => ({ schedule, parts }),
  });
  const sizes = fc.record({
    a: fc.constantFrom(2, 3),
    b: fc.constantFrom(2, 3),
    m: fc.integer({ min: 2, max: 19 }),
    n: fc.integer({ min: 2, max: 19 }),
    k: fc.constantFrom(2, 6, 7, 18),
  });

  property(
    'gives the bits of two kernels, in tiles, in registers, and with sums in two parts',
    fc.record({
      pattern: fc.constantFrom(...PATTERNS),
      sizes,
      ending: fc.constantFrom(...Object.keys(ENDINGS)),
      schedule: fc.constantFrom(...schedules),
      parts: fc.constantFrom(1, 2),
    }),
    // an odd sum has no two parts
    ({ pattern, sizes: drawn, ending, schedule, parts }) =>
      check(pattern, drawn, ending, planned(schedule, drawn.k % 2 === 0 ? parts : 1)),
    { runs: 40 },
  );

  it.each(Object.keys(ENDINGS))(
    '%s: the same bits, also where results are many',
    async (ending) => {
      const hasQuads = machineOf(gpu().memory.state.gpu) === 'software quads';
      const large = [registers(16, 16, 4), ...(hasQuads ? [quads] : [])];
      for (const schedule of large) await check('mk,kn->mn', { m: 70, k: 24, n: 68 }, ending, planned(schedule));
    },
    60_000,
  );

  // a result with one axis has no sum that is not one of a row
  const alone = Object.keys(ENDINGS).filter((ending) => ending !== 'sums of what is stored');
  it.each(ROWS.flatMap((pattern) => alone.map((ending) => [pattern, ending] as const)))(
    '%s, then %s: the same bits where lanes share a sum',
    (pattern, ending) => check(pattern, { b: 6, m: 4, k: 70 }, ending, { machine: 'card' }),
  );

  it('saves the way of the result to memory and back', async () => {
    const program = await programWith('mk,kn->mn', { m: 64, k: 64, n: 64 }, 'bias');
    const inputs = program.inputs.map((buffer, n) => randomValues(program.buffers[buffer].elements, n + 1));
    const [folded, plain] = await bothWays(program, inputs, {});
    expect(folded.lines[0]).toContain('reads and writes 48.3 KiB; arena 0.0 KiB');
    expect(plain.lines[0]).toContain('reads and writes 80.3 KiB; arena 16.0 KiB');
    expect(folded.lines.slice(1).map((line) => line.trim().replaceAll(/ +/g, ' '))).toEqual([
      '1 contract batch 1, rows 64, columns 64, contracted 64, then loop [64×64] 1 loads, 0 folds, 1 stores, 1 workgroups',
    ]);
  });

  it('gives the bits of three kernels behind two contractions in one', async () => {
    const [x, left, right, bias] = [[64, 16, 32], [16, 32, 1, 32], [32, 1, 16, 32], [32]].map(input);
    const y = einsum('t φ γ ρ, φ ρ γ ε -> t φ ε', einsum('t γ α, γ α ρ φ -> t φ γ ρ', x, left), right);
    const program = await lowerProgram(traceGraph([gelu(y.add(bias))]).graph);
    const inputs = program.inputs.map((buffer, n) => randomValues(program.buffers[buffer].elements, n + 1));
    const [folded, plain] = await bothWays(program, inputs, { machine: 'card' });
    expect(folded.bits).toEqual(plain.bits);
    expect([folded.dispatches, plain.dispatches]).toEqual([1, 2]);
  });

  property(
    'gives the bits of a random program without it',
    fc.record({ seed: fc.nat(2 ** 31 - 1), steps: fc.integer({ min: 6, max: 24 }) }),
    async ({ seed, steps }) => {
      const { inputs, compute } = randomComputation(seed, steps);
      const traced = traceGraph(valueAndGradients(inputs, compute));
      const program = await lowerProgram(traced.graph);
      const values = await Promise.all(traced.inputs.map((tensor) => tensor.data()));
      const [folded, plain] = await bothWays(program, values as Float32Array[], {});
      expect(folded.bits).toEqual(plain.bits);
      return true;
    },
    { runs: 6 },
  );
});
