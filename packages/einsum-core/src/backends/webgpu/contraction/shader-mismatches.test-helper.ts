import { encodeAll16 } from '@einlab/numerics/sixteen-bit';
import { type DType, type HostArray, isStorage, roundTo } from '../../../base/dtype.ts';
import { axesSize, type ContractionKernel } from '../../../kernels/contraction.ts';
import { contractByLoops, randomValues, reach } from '../../wasm/gemm/contraction-mismatches.test-helper.ts';
import { dispatchShader, type TestGpu } from '../gpu.test-helper.ts';
import type { StoredContraction } from './stored-operands.ts';
import type { Bindings, Shader } from '../wgsl/shader.ts';

const GUARD = 12345.678;
const GUARD_ELEMENTS = 32;

/** Writes a shader for a contraction. */
export type WriteShader = (call: StoredContraction, bindings: Bindings) => Shader;

/** Where operands lie, and as what. */
export interface OperandPlaces {
  /** Elements in front of each operand. */
  readonly shift?: number;
  /** Element types in memory, of left and right; default f32. */
  readonly types?: readonly [left: DType, right: DType];
}

/**
 * Runs a shader on pseudo-random operands and says what differs from loops. The output, and what lies between and behind
 * its elements, is full of guards, which must stay; operands start some elements into their buffers.
 */
export async function shaderMismatches(
  { memory, pipelines }: TestGpu,
  contraction: ContractionKernel,
  write: WriteShader,
  { shift = 0, types = ['f32', 'f32'] }: OperandPlaces = {},
): Promise<string[]> {
  const spans = { left: reach(contraction, 'left'), right: reach(contraction, 'right') };
  const operandOf = (tensor: 'left' | 'right', seed: number): Float32Array =>
    randomValues(spans[tensor].high - spans[tensor].low + 1, seed).map((value) =>
      roundTo(types[tensor === 'left' ? 0 : 1], value),
    );
  const [left, right] = [operandOf('left', 1), operandOf('right', 2)];
  const { values, magnitudes } = contractByLoops(contraction, left, right);
  const shifted = (list: Float32Array): Float32Array => {
    const moved = new Float32Array(list.length + shift).fill(NaN);
    moved.set(list, shift);
    return moved;
  };
  const guarded = new Float32Array(values.length + GUARD_ELEMENTS).fill(GUARD);
  const stored = (list: Float32Array, dtype: DType): HostArray => (isStorage(dtype) ? encodeAll16(dtype, list) : list);
  const buffers = [
    ...[shifted(left), shifted(right)].map((list, n) => memory.upload(stored(list, types[n]), types[n])),
    memory.upload(guarded, 'f32'),
  ];
  const shader = write(
    { kind: 'contract', contraction, offsets: [shift - spans.left.low, shift - spans.right.low], types },
    { names: ['b0', 'b1', 'b2'], isReadOnly: [true, true, false] },
  );
  try {
    await dispatchShader({ memory, pipelines }, shader, buffers);
    const got = await buffers[2].read();
    const terms = axesSize(contraction.contracted);
    return Array.from(got, (value, i) => {
      const isOut = i < values.length && !Number.isNaN(values[i]);
      if (!isOut) return value === Math.fround(GUARD) ? '' : `element ${i} was written: ${value}`;
      const isClose = Math.abs(value - values[i]) <= (terms + 2) * 2 ** -24 * magnitudes[i];
      return isClose ? '' : `out[${i}] is ${value}, expected ${values[i]}`;
    })
      .filter((line) => line !== '')
      .slice(0, 5);
  } finally {
    for (const buffer of buffers) buffer.release();
  }
}
