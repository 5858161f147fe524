import type { DType } from '../../../base/dtype.ts';
import type { Fold } from '../../../kernels/kernel.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { SimpleOpcode } from '../emit/opcodes.ts';

/** The instruction that combines two vectors, and the word that changes nothing. */
interface FoldInstruction {
  readonly opcode: SimpleOpcode;
  readonly neutral: number;
}

const F32_INFINITY = 0x7f800000;
const F32_MINUS_INFINITY = 0xff800000;

/** The instruction of a fold for an element type. */
export function foldInstruction(operation: Fold['operation'], type: DType): FoldInstruction {
  if (operation === 'sum') return { opcode: type === 'f32' ? 'f32x4.add' : 'i32x4.add', neutral: 0 };
  if (operation === 'maximum') {
    return type === 'f32'
      ? { opcode: 'f32x4.max', neutral: F32_MINUS_INFINITY }
      : { opcode: 'i32x4.max_s', neutral: 0x80000000 };
  }
  return type === 'f32'
    ? { opcode: 'f32x4.min', neutral: F32_INFINITY }
    : { opcode: 'i32x4.min_s', neutral: 0x7fffffff };
}

/** Combines the four lanes of a local so that every lane holds the result, in a fixed order: (0+2)+(1+3). */
export function combineLanes(f: FunctionBuilder, accumulator: Local, opcode: SimpleOpcode): void {
  const foldWith = (a: number, b: number, c: number, d: number): void => {
    for (let copy = 0; copy < 3; copy++) f.get(accumulator);
    f.shuffle(a, b, c, d);
    f.op(opcode);
    f.set(accumulator);
  };
  foldWith(2, 3, 0, 1);
  foldWith(1, 0, 3, 2);
}
