import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { foldPrimitive } from './fold-primitive.ts';

/** The smallest value over axes: NaN if any is NaN, ∞ of nothing. */
export const reduceMin: Primitive<PrimitiveParameters['reduceMin']> = foldPrimitive('reduceMin', 'min');
