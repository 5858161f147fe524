import { assertClose, describeOnBackends, type EinsumCase, einsumCase, property, SEED } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../device/evaluate.ts';
import { bindPattern } from '../notation/bind.ts';
import { parsePattern } from '../notation/parse.ts';
import type { Optimize } from '../plan/choose.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { odometerEinsum } from '../testing/odometer-einsum.ts';
import { normalTensor, streamOf } from '../testing/sample-points.ts';
import { readOn } from '../testing/shared-device.ts';
import { einsum } from './einsum.ts';

interface Operands {
  readonly tensors: readonly Tensor[];
  readonly values: readonly Float64Array[];
}

/** Operands that f32 holds exactly. */
async function operandsOf({ shapes }: EinsumCase, seed: number): Promise<Operands> {
  const rng = streamOf(SEED, seed);
  const tensors = shapes.map((shape) => normalTensor(rng, shape));
  const values = await readOn('reference', tensors);
  return { tensors, values: values.map((list) => Float64Array.from(list)) };
}

/** The odometer's values, its Σ|products| as the scale of errors, and the number of terms. */
function definition(
  { text, shapes }: EinsumCase,
  values: readonly Float64Array[],
): { expected: Float64Array; scale: number; terms: number } {
  const bound = bindPattern(parsePattern(text), shapes);
  const scale = Math.max(
    0,
    ...odometerEinsum(
      bound,
      values.map((list) => list.map(Math.abs)),
    ),
  );
  const terms = bound.sizes.reduce((product, size) => product * size, 1);
  return { expected: odometerEinsum(bound, values), scale: scale || 1, terms: Math.max(1, terms) };
}

const precision = { reference: 'f64', wasm: 'f32', webgpu: 'f32' } as const;
const seeded = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<readonly [T, number]> =>
  fc.tuple(arbitrary, fc.nat({ max: 1000 }));

describeOnBackends('einsum', (backend) => {
  useDevice(backend);
  const dtype = precision[backend];

  property(
    'equals the loop over all cells, for random patterns of 1 to 5 operands',
    seeded(einsumCase()),
    async ([einsumTest, seed]) => {
      const { tensors, values } = await operandsOf(einsumTest, seed);
      const { expected, scale, terms } = definition(einsumTest, values);
      const result = einsum(einsumTest.text, ...tensors);
      expect(result.shape).toEqual(einsumTest.outputShape);
      assertClose(await result.data(), expected, { dtype, reductionLength: terms, scale, message: einsumTest.text });
    },
  );

  property(
    'equals the loop at sizes where tiles end',
    seeded(einsumCase({ maxOperands: 2, maxAxis: 37, maxCells: 20_000 })),
    async ([einsumTest, seed]) => {
      const { tensors, values } = await operandsOf(einsumTest, seed);
      const { expected, scale, terms } = definition(einsumTest, values);
      assertClose(await einsum(einsumTest.text, ...tensors).data(), expected, {
        dtype,
        reductionLength: terms,
        scale,
        message: einsumTest.text,
      });
    },
  );

  const searches = ['auto', 'greedy', 'dynamic', 'left-to-right'] as const satisfies readonly Optimize[];
  property(
    'gives the same result for every optimize',
    seeded(einsumCase({ maxOperands: 4 })),
    async ([einsumTest, seed]) => {
      const { tensors, values } = await operandsOf(einsumTest, seed);
      const { expected, scale, terms } = definition(einsumTest, values);
      for (const optimize of searches) {
        const message = `${einsumTest.text} with ${optimize}`;
        assertClose(await einsum(einsumTest.text, ...tensors, { optimize }).data(), expected, {
          dtype,
          reductionLength: terms,
          scale,
          message,
        });
      }
    },
  );

  it('takes a path as it is', async () => {
    const [a, b, c] = [tensor([[1, 2]]), tensor([[3], [4]]), tensor([[5, 6]])];
    for (const optimize of [
      [
        [0, 1],
        [2, 3],
      ],
      [
        [1, 2],
        [0, 3],
      ],
    ] as const) {
      assertClose(await einsum('ij,jk,kl->il', a, b, c, { optimize }).data(), [55, 66], { dtype });
    }
  });

  it('stores zeros for sums over nothing, in memory that was used before', async () => {
    const shapes: Record<string, number[][]> = {
      'hn,hnhk->k': [
        [4, 0],
        [4, 0, 4, 1],
      ],
      'hn,hnk->hk': [
        [2, 0],
        [2, 0, 3],
      ],
      'mab,bnac->mnc': [
        [2, 3, 0],
        [0, 2, 3, 2],
      ],
    };
    const nothing = (shape: readonly number[]): Tensor => tensor(new Float32Array(0), { shape });
    for (const [pattern, operands] of Object.entries(shapes)) {
      const sevens = [1, 2, 4, 16, 64].map((length) => tensor(new Float32Array(length).fill(7)).add(tensor([1])));
      for (const used of await evaluate(sevens)) used.dispose();
      const got = await einsum(pattern, ...operands.map(nothing)).data();
      expect(
        got.every((value) => value === 0),
        `${pattern}: ${got.join(', ')}`,
      ).toBe(true);
    }
  });

  it('carries NaN and infinities as sums of products do', async () => {
    const x = tensor([
      [Number.POSITIVE_INFINITY, 1],
      [Number.NaN, 1],
      [0, 1],
    ]);
    const w = tensor([
      [1, 0],
      [2, 3],
    ]);
    const expected = [Number.POSITIVE_INFINITY, Number.NaN, Number.NaN, Number.NaN, 2, 3];
    assertClose(await einsum('bi,io->bo', x, w).data(), expected, { dtype });
  });
});

describe('einsum', () => {
  property(
    'has derivatives that match finite differences, to second order, for random patterns',
    seeded(einsumCase({ maxOperands: 3, maxAxis: 3, maxCells: 64 })),
    async ([einsumTest, seed]) => {
      const { tensors } = await operandsOf(einsumTest, seed);
      await checkGradients((...operands: Tensor[]) => einsum(einsumTest.text, ...operands), [...tensors], {
        seed,
        tolerance: 1e-5,
      });
      return true;
    },
    { runs: 60 },
  );
});
