import { installPrimitives } from '../tensor/apply.ts';
import type { ElementwiseName, PrimitiveParameters, StructuralName } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive } from './elementwise-primitive.ts';
import { elementwiseRules } from './elementwise-rules.ts';
import { argSort } from './arg-sort.ts';
import { broadcast } from './broadcast.ts';
import { concatenate } from './concatenate.ts';
import { constant } from './constant.ts';
import { cumulativeSum } from './cumulative-sum.ts';
import { customRule } from './custom-rule.ts';
import { einsum } from './einsum.ts';
import { gather } from './gather.ts';
import { iota } from './iota.ts';
import { pad } from './pad.ts';
import { randomBits } from './random-bits.ts';
import { reduceLargest } from './reduce-largest.ts';
import { reduceMax } from './reduce-max.ts';
import { reduceMin } from './reduce-min.ts';
import { reshape } from './reshape.ts';
import { scatterAdd } from './scatter-add.ts';
import { scatterAddAlongAxis } from './scatter-add-along-axis.ts';
import { slice } from './slice.ts';
import { takeAlongAxis } from './take-along-axis.ts';
import { window } from './window.ts';
import { windowSum } from './window-sum.ts';

/** Every primitive that is not elementwise: exhaustive, because the type names each one with its parameters. */
export const structuralPrimitives: { readonly [Name in StructuralName]: Primitive<PrimitiveParameters[Name]> } = {
  customRule,
  einsum,
  reshape,
  broadcast,
  slice,
  pad,
  concatenate,
  window,
  windowSum,
  reduceMax,
  reduceLargest,
  reduceMin,
  cumulativeSum,
  argSort,
  gather,
  scatterAdd,
  takeAlongAxis,
  scatterAddAlongAxis,
  constant,
  iota,
  randomBits,
};

/** The names of the elementwise primitives, which the table of their rules holds in full. */
export const elementwiseNames: readonly ElementwiseName[] = Object.keys(elementwiseRules) as ElementwiseName[];

installPrimitives([...elementwiseNames.map(elementwisePrimitive), ...Object.values(structuralPrimitives)]);
