import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { foldPrimitive } from './fold-primitive.ts';

/** The largest value over axes where nothing depends on NaN or on which zero it is: the shift of an exponential. */
export const reduceLargest: Primitive<PrimitiveParameters['reduceLargest']> = foldPrimitive('reduceLargest', 'max');
