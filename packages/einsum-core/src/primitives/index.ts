import { installPrimitives } from '../tensor/apply.ts';
import type { PrimitiveName, PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { abs } from './abs.ts';
import { add } from './add.ts';
import { argSort } from './arg-sort.ts';
import { barrier } from './barrier.ts';
import { broadcast } from './broadcast.ts';
import { cast } from './cast.ts';
import { ceil } from './ceil.ts';
import { concatenate } from './concatenate.ts';
import { constant } from './constant.ts';
import { cos } from './cos.ts';
import { cumulativeSum } from './cumulative-sum.ts';
import { customRule } from './custom-rule.ts';
import { divide } from './divide.ts';
import { einsum } from './einsum.ts';
import { equal } from './equal.ts';
import { erf } from './erf.ts';
import { exp } from './exp.ts';
import { expm1 } from './expm1.ts';
import { floor } from './floor.ts';
import { gather } from './gather.ts';
import { greater } from './greater.ts';
import { greaterEqual } from './greater-equal.ts';
import { identity } from './identity.ts';
import { iota } from './iota.ts';
import { isNaN as isNaNPrimitive } from './is-nan.ts';
import { less } from './less.ts';
import { lessEqual } from './less-equal.ts';
import { log } from './log.ts';
import { log1p } from './log1p.ts';
import { logicalAnd } from './logical-and.ts';
import { logicalNot } from './logical-not.ts';
import { logicalOr } from './logical-or.ts';
import { maximum } from './maximum.ts';
import { minimum } from './minimum.ts';
import { multiply } from './multiply.ts';
import { negate } from './negate.ts';
import { notEqual } from './not-equal.ts';
import { pad } from './pad.ts';
import { power } from './power.ts';
import { randomBits } from './random-bits.ts';
import { reciprocalSqrt } from './reciprocal-sqrt.ts';
import { reduceLargest } from './reduce-largest.ts';
import { reduceMax } from './reduce-max.ts';
import { reduceMin } from './reduce-min.ts';
import { reshape } from './reshape.ts';
import { round } from './round.ts';
import { scatterAdd } from './scatter-add.ts';
import { scatterAddAlongAxis } from './scatter-add-along-axis.ts';
import { select } from './select.ts';
import { shiftRight } from './shift-right.ts';
import { sigmoid } from './sigmoid.ts';
import { sign } from './sign.ts';
import { sin } from './sin.ts';
import { slice } from './slice.ts';
import { sqrt } from './sqrt.ts';
import { stopGradient } from './stop-gradient.ts';
import { subtract } from './subtract.ts';
import { takeAlongAxis } from './take-along-axis.ts';
import { tanh } from './tanh.ts';
import { window } from './window.ts';
import { windowSum } from './window-sum.ts';

/** Every primitive of the engine: exhaustive by construction, because the type names each one with its parameters. */
export const primitives: { readonly [Name in PrimitiveName]: Primitive<PrimitiveParameters[Name]> } = {
  add,
  subtract,
  multiply,
  divide,
  power,
  maximum,
  minimum,
  negate,
  abs,
  sign,
  floor,
  ceil,
  round,
  exp,
  expm1,
  log,
  log1p,
  sqrt,
  reciprocalSqrt,
  tanh,
  sigmoid,
  erf,
  sin,
  cos,
  equal,
  notEqual,
  less,
  lessEqual,
  greater,
  greaterEqual,
  logicalAnd,
  logicalOr,
  logicalNot,
  select,
  isNaN: isNaNPrimitive,
  cast,
  shiftRight,
  stopGradient,
  identity,
  barrier,
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

installPrimitives(primitives);
