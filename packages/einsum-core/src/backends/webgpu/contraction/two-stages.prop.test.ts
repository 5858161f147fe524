import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../../index.ts';
import type { NormalizedContraction } from '../../../kernels/contraction.ts';
import { einsum } from '../../../operations/einsum.ts';
import { reshape } from '../../../operations/shape.ts';
import { traceGraph } from '../../../program/graph.ts';
import { lowerProgram } from '../../../program/lower.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { randomValues } from '../../wasm/gemm/contraction-mismatches.test-helper.ts';
import type { GpuBuffer } from '../memory/gpu-memory.ts';
import { dispatchShader, noGpu, useTestGpu } from '../gpu.test-helper.ts';
import { expandProgram } from '../program/expand-program.ts';
import { planContraction } from './contraction-schedule.ts';
import { contractionShader } from './contraction-shader.ts';
import { type StoredCall, isStored } from './stored-operands.ts';
import { stageReads, twoStages } from './two-stages.ts';
import { twoStageShader } from './two-stage-shader.ts';
import { twoStageTile } from './two-stage-tile.ts';

/** A map of two factors: what it does, and the shapes of x and of the factors. */
interface Chain {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly apply: (x: Tensor, left: Tensor, right: Tensor) => Tensor;
}

type Sizes = Readonly<Record<'t' | 'a' | 'b' | 'c' | 'd' | 'r', number>>;

/** Maps that are computed as two contractions, of which both are needed for some of the tokens alone. */
const CHAINS: readonly ((sizes: Sizes) => Chain)[] = [
  ({ t, a, b, c, d, r }) => ({
    name: 'block tensor train',
    shapes: [
      [t, a, b],
      [a, b, r, c],
      [c, r, a, d],
    ],
    apply: (x, left, right) => einsum('t φ γ ρ, φ ρ γ ε -> t φ ε', einsum('t γ α, γ α ρ φ -> t φ γ ρ', x, left), right),
  }),
  ({ t, a, b, c, d, r }) => ({
    name: 'block tensor train as the layers have it',
    shapes: [
      [t, a, b],
      [a, b, r, c],
      [c, r, a, d],
    ],
    apply: (x, left, right) => einsum('t γ ρ φ, φ ρ γ ε -> t φ ε', einsum('t γ α, γ α ρ φ -> t γ ρ φ', x, left), right),
  }),
  ({ t, a, b, c, d }) => ({
    name: 'Monarch',
    shapes: [
      [t, a, b],
      [a, b, c],
      [a, c, d],
    ],
    apply: (x, left, right) => {
      const middle = einsum('t block in, block in middle -> t block middle', x, left);
      return einsum('t middle lane, lane middle out -> t out lane', reshape(middle, [t, c, a]), right);
    },
  }),
  ({ t, a, b, c, d }) => ({
    name: 'Kronecker',
    shapes: [
      [t, a, b],
      [b, c],
      [a, d],
    ],
    apply: (x, left, right) => einsum('t γ φ, γ ε -> t φ ε', einsum('t γ α, α φ -> t γ φ', x, left), right),
  }),
  ({ t, a, c, d }) => ({
    name: 'low rank, with the factors on the left',
    shapes: [
      [t, a],
      [c, a],
      [d, c],
    ],
    apply: (x, left, right) => einsum('d r, t r -> t d', right, einsum('r a, t a -> t r', left, x)),
  }),
];

const input = (shape: readonly number[]): Tensor => new Tensor(shape, 'f32', { kind: 'argument' });

/** The two contractions of a chain, and the elements of each buffer. */
async function stagesOf({ shapes, apply }: Chain): Promise<{ stages: StoredCall[]; elements: number[] }> {
  const [x, left, right] = shapes.map(input);
  const { calls, buffers } = await lowerProgram(traceGraph([apply(x, left, right)]).graph);
  const stages = calls.filter(isStored);
  expect([calls.length, stages.length]).toEqual([2, 2]);
  return { stages, elements: buffers.map((buffer) => buffer.elements) };
}

// an axis of one element is none
const size = fc.integer({ min: 2, max: 6 });

describe.skipIf(noGpu)('two contractions in one kernel', () => {
  const gpu = useTestGpu();

  /** The result of two kernels, and of one with so much workgroup memory; undefined where these are never one. */
  const bothWays = async (chain: Chain, bytes: number): Promise<[number[], number[]] | undefined> => {
    const {
      stages: [first, second],
      elements,
    } = await stagesOf(chain);
    const stages = twoStages(first, second);
    const tile = stages && twoStageTile(stages, bytes);
    if (stages === undefined || tile === undefined) return undefined;
    expect(4 * tile.elements).toBeLessThanOrEqual(bytes);
    const { memory } = gpu();
    const result = second.writes[0];
    const given = elements.map((count, n) => memory.upload(randomValues(count, n + 1), 'f32'));
    const outs = [0, 1].map(() => memory.upload(new Float32Array(elements[result] + 9).fill(777), 'f32'));
    const bufferOf = (n: number): GpuBuffer => given[n];
    const runAlone = (call: StoredCall, out: GpuBuffer): Promise<void> => {
      const schedule = { kind: 'registers', rows: 2, columns: 2, lanes: 4 } as const;
      const at = { names: ['b0', 'b1', 'b2'], isReadOnly: [true, true, false] };
      const shader = contractionShader(call.kernel, schedule, at);
      return dispatchShader(gpu(), shader, [...call.reads.map(bufferOf), out]);
    };
    await runAlone(first, bufferOf(first.writes[0]));
    await runAlone(second, outs[0]);
    const reads = stageReads(stages, first, second).map(bufferOf);
    const at = { names: ['b0', 'b1', 'b2', 'b3'], isReadOnly: [true, true, true, false] };
    await dispatchShader(gpu(), twoStageShader(stages, tile, at), [...reads, outs[1]]);
    const [apart, together] = await Promise.all(outs.map((buffer) => buffer.read()));
    for (const buffer of [...given, ...outs]) buffer.release();
    return [[...apart], [...together]];
  };

  property(
    'give the bits of two kernels, and write nothing else',
    fc.record({
      chain: fc.constantFrom(...CHAINS),
      sizes: fc.record({
        t: fc.integer({ min: 2, max: 21 }),
        a: size,
        b: fc.integer({ min: 2, max: 9 }),
        c: size,
        d: size,
        r: fc.constantFrom(1, 2, 3),
      }),
      bytes: fc.constantFrom(400, 4000, 16384),
    }),
    async ({ chain, sizes, bytes }) => {
      const results = await bothWays(chain(sizes), bytes);
      // where not even one token's intermediate fits there are two kernels
      fc.pre(results !== undefined);
      expect(results[1]).toEqual(results[0]);
    },
    { runs: 60 },
  );

  const odd: Sizes = { t: 37, a: 3, b: 5, c: 7, d: 11, r: 2 };
  const even: Sizes = { t: 32, a: 4, b: 8, c: 16, d: 8, r: 1 };
  it.each(CHAINS.flatMap((make) => [odd, even].map((sizes) => [make(sizes).name, sizes, make(sizes)] as const)))(
    '%s of %o: the same bits',
    async (_, __, chain) => {
      const results = await bothWays(chain, 16384);
      expect(results?.[1]).toEqual(results?.[0] ?? 'one kernel');
    },
    60_000,
  );

  it('stay two where others read the intermediate, where it is asked for, and where no token of it fits', async () => {
    const [x, left, right] = [
      [512, 16, 32],
      [16, 32, 1, 32],
      [32, 1, 16, 32],
    ].map(input);
    const middle = einsum('t γ α, γ α ρ φ -> t γ ρ φ', x, left);
    const y = einsum('t γ ρ φ, φ ρ γ ε -> t φ ε', middle, right);
    const dispatches = async (
      outputs: readonly Tensor[],
      workgroupBytes: number,
      bindingBytes = 2 ** 27,
    ): Promise<number> => {
      const program = await lowerProgram(traceGraph(outputs).graph);
      const planOf = (kernel: NormalizedContraction) => planContraction(kernel, 'card');
      const target = {
        machine: 'card',
        subgroup: 32,
        writesHalves: false,
        foldsEpilogues: true,
        bindings: 8,
        bindingBytes,
        bindingAlignment: 256,
        workgroupBytes,
        planOf,
      } as const;
      return expandProgram(program, target).dispatches.length;
    };
    expect(await dispatches([y], 16384)).toBe(1);
    expect(await dispatches([y], 40)).toBe(2);
    expect(await dispatches([y], 16384, 2 ** 19)).toBeGreaterThan(2);
    expect(await dispatches([y, middle], 16384)).toBe(2);
    expect(await dispatches([y, middle.add(1)], 16384)).toBe(3);
  });
});
