import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeContraction } from '../../../kernels/contraction.ts';
import type { ContractionCall } from '../../../kernels/kernel.ts';
import type { LoweredProgram } from '../../../program/lower.ts';
import { contractByLoops, groupsOf, randomValues } from '../../wasm/gemm/contraction-mismatches.test-helper.ts';
import { noGpu, type TestGpu, useTestGpu } from '../gpu.test-helper.ts';
import { createWebgpuExecutable } from '../program/webgpu-executable.ts';
import { splitContraction } from './split-contraction.ts';

const f32 = (elements: number, role: 'input' | 'temporary') => ({ dtype: 'f32' as const, elements, role });

/** The result of the two passes. */
async function runSplit(
  { memory, pipelines }: TestGpu,
  call: ContractionCall,
  parts: number,
  operands: readonly [Float32Array, Float32Array],
  elements: number,
): Promise<Float32Array> {
  const { partial, partialElements, total } = splitContraction(call, parts);
  const program: LoweredProgram = {
    buffers: [
      ...operands.map(({ length }) => f32(length, 'input')),
      f32(partialElements, 'temporary'),
      f32(elements, 'temporary'),
    ],
    calls: [
      { kernel: partial, reads: [0, 1], writes: [2] },
      { kernel: total, reads: [2], writes: [3] },
    ],
    inputs: [0, 1],
    outputs: [3],
    macs: 0,
    bytes: 0,
  };
  const executable = await createWebgpuExecutable(program, memory, pipelines);
  const given = operands.map((values) => memory.upload(values, 'f32'));
  const made = await executable.run(given);
  const [values] = await Promise.all(made.map((buffer) => buffer.read()));
  for (const buffer of [...given, ...made]) buffer.release();
  return Float32Array.from(values);
}

describe.skipIf(noGpu)('splitContraction(call, parts)', () => {
  const gpu = useTestGpu();

  property(
    'gives the sums of the parts, and their total',
    fc.record({
      pattern: fc.constantFrom('mk,kn->mn', 'km,kn->nm', 'bmk,bkn->mbn', 'mkq,qkn->mn'),
      m: fc.integer({ min: 1, max: 9 }),
      n: fc.integer({ min: 1, max: 9 }),
      length: fc.integer({ min: 2, max: 7 }),
      parts: fc.constantFrom(1, 2, 3, 8),
    }),
    async ({ pattern, m, n, length, parts }) => {
      const { batch, rows, columns, contracted } = normalizeContraction(
        groupsOf(pattern, { b: 2, m, n, k: length * parts, q: length * parts }),
      );
      const contraction = { kind: 'contraction' as const, batch, rows, columns, contracted };
      const depth = contracted.reduce((product, { size }) => product * size, 1);
      const operands = [randomValues(2 * 9 * depth, 1), randomValues(2 * 9 * depth, 2)] as const;
      const { values, magnitudes } = contractByLoops(contraction, ...operands);
      const got = await runSplit(
        gpu(),
        { kind: 'contract', contraction, offsets: [0, 0] },
        parts,
        operands,
        values.length,
      );
      assertClose(got, values, { reductionLength: depth + parts, scale: Math.max(1, ...magnitudes) });
    },
    { runs: 25 },
  );

  it('refuses parts of different lengths', () => {
    const contraction = groupsOf('mk,kn->mn', { m: 2, k: 10, n: 2 });
    expect(() => splitContraction({ kind: 'contract', contraction, offsets: [0, 0] }, 4)).toThrow(
      'an axis of 10 has no 4 parts of equal length',
    );
  });
});
