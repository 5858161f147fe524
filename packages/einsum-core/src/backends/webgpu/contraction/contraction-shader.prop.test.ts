import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe } from 'vitest';
import { axesSize, type ContractionKernel } from '../../../kernels/contraction.ts';
import { contractions } from '../../../kernels/contraction-arbitrary.test-helper.ts';
import { contractByLoops, groupsOf, reach } from '../../wasm/gemm/contraction-mismatches.test-helper.ts';
import { noGpu, useTestGpu } from '../gpu.test-helper.ts';

const values = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * 12.9898 + seed) * 2);

/** A result is written from its first element on. */
const goesForward = ({ batch, rows, columns }: ContractionKernel): boolean =>
  [...batch, ...rows, ...columns].every(({ out }) => out >= 0);

describe.skipIf(noGpu)('contractions on WebGPU', () => {
  const gpu = useTestGpu();

  const check = async (contraction: ContractionKernel, seed: number): Promise<void> => {
    const spans = { left: reach(contraction, 'left'), right: reach(contraction, 'right') };
    const left = values(spans.left.high - spans.left.low + 1, seed);
    const right = values(spans.right.high - spans.right.low + 1, seed + 1);
    const expected = contractByLoops(contraction, left, right);
    const offsets = [-spans.left.low, -spans.right.low] as const;
    const [got] = await gpu().runKernel(
      { kind: 'contract', contraction, offsets },
      [left, right].map((list) => ({ dtype: 'f32', values: list })),
      [{ dtype: 'f32', elements: expected.values.length }],
    );
    // between the elements of a result with gaps lies anything
    const isWritten = (_: number, i: number): boolean => !Number.isNaN(expected.values[i]);
    assertClose(got.filter(isWritten), expected.values.filter(isWritten), {
      reductionLength: axesSize(contraction.contracted),
      scale: Math.max(1, ...expected.magnitudes),
    });
  };

  property(
    'equal the loops for any axes and strides',
    fc.record({ kernel: contractions.filter(goesForward), seed: fc.nat(1000) }),
    ({ kernel, seed }) => check(kernel, seed),
    { runs: 80 },
  );

  property(
    'equal the loops where columns are few and sums long, which SwiftShader takes for rows',
    fc.record({
      pattern: fc.constantFrom('mk,kn->mn', 'km,nk->mn', 'mk,kn->nm', 'bmk,bkn->mbn'),
      m: fc.constantFrom(64, 70, 129),
      n: fc.constantFrom(2, 5, 8, 16),
      k: fc.constantFrom(64, 67),
    }),
    ({ pattern, m, n, k }) => check(groupsOf(pattern, { b: 3, m, n, k }), m * n + k),
    { runs: 20 },
  );

  property(
    'equal the loops at sizes around a tile’s, and one beyond the depth of a tile',
    fc.record({
      pattern: fc.constantFrom('mk,kn->mn', 'km,nk->mn', 'mk,kn->nm', 'bmk,bkn->mbn'),
      m: fc.constantFrom(2, 7, 8, 9, 31, 32, 33),
      n: fc.constantFrom(2, 8, 9, 32, 33),
      k: fc.constantFrom(0, 1, 15, 16, 17, 33),
    }),
    ({ pattern, m, n, k }) => check(groupsOf(pattern, { b: 3, m, n, k }), m * n + k),
    { runs: 40 },
  );
});
