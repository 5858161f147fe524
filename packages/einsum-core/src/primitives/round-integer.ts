import { type DType, roundTo } from '../base/dtype.ts';

/** Wraps integers to 32 bits and leaves f32 in f64: the reference rounds only where a type's meaning asks for it. */
export const roundInteger = (dtype: DType, value: number): number => (dtype === 'f32' ? value : roundTo(dtype, value));
