import { sizeOf } from '../base/shape.ts';
import * as elementwise from '../operations/elementwise.ts';
import { cumulativeSum } from '../operations/cumulative-sum.ts';
import { oneHot, take, takeAlongAxis } from '../operations/indexing.ts';
import { prod } from '../operations/prod.ts';
import * as reductions from '../operations/reductions.ts';
import { remainder } from '../operations/remainder.ts';
import * as shapes from '../operations/shape.ts';
import { argSort, sort, topK } from '../operations/sort.ts';
import { window } from '../operations/window.ts';
import type { NestedArray } from '../tensor/arguments.ts';
import { Tensor, type TensorMethods } from '../tensor/tensor.ts';
import { readItem, readTensor } from './evaluate.ts';
import { releaseTensor } from './kept.ts';

/** Row-major values as nested arrays of the given shape. */
function nest(values: ArrayLike<number>, shape: readonly number[], from = 0): NestedArray {
  if (shape.length === 0) return values[from];
  const inner = shape.slice(1);
  const step = sizeOf(inner);
  return Array.from({ length: shape[0] }, (_, i) => nest(values, inner, from + i * step));
}

/** A function of a tensor as a method of it. */
function asMethod<Rest extends readonly unknown[], Result>(
  f: (x: Tensor, ...rest: Rest) => Result,
): (this: Tensor, ...rest: Rest) => Result {
  return function (...rest) {
    return f(this, ...rest);
  };
}

const toArray = async (x: Tensor): Promise<NestedArray> => nest(await readTensor(x), x.shape);

const methods: { readonly [Name in keyof TensorMethods]: (this: Tensor, ...rest: never) => unknown } = {
  add: asMethod(elementwise.add),
  subtract: asMethod(elementwise.subtract),
  multiply: asMethod(elementwise.multiply),
  divide: asMethod(elementwise.divide),
  power: asMethod(elementwise.power),
  remainder: asMethod(remainder),
  maximum: asMethod(elementwise.maximum),
  minimum: asMethod(elementwise.minimum),
  equal: asMethod(elementwise.equal),
  notEqual: asMethod(elementwise.notEqual),
  less: asMethod(elementwise.less),
  lessEqual: asMethod(elementwise.lessEqual),
  greater: asMethod(elementwise.greater),
  greaterEqual: asMethod(elementwise.greaterEqual),
  logicalAnd: asMethod(elementwise.logicalAnd),
  logicalOr: asMethod(elementwise.logicalOr),
  logicalXor: asMethod(elementwise.logicalXor),
  logicalNot: asMethod(elementwise.logicalNot),
  where: asMethod(elementwise.where),
  isNaN: asMethod(elementwise.isNaN),
  isFinite: asMethod(elementwise.isFinite),
  negate: asMethod(elementwise.negate),
  abs: asMethod(elementwise.abs),
  sign: asMethod(elementwise.sign),
  floor: asMethod(elementwise.floor),
  ceil: asMethod(elementwise.ceil),
  round: asMethod(elementwise.round),
  clip: asMethod(elementwise.clip),
  exp: asMethod(elementwise.exp),
  expm1: asMethod(elementwise.expm1),
  log: asMethod(elementwise.log),
  log1p: asMethod(elementwise.log1p),
  sin: asMethod(elementwise.sin),
  cos: asMethod(elementwise.cos),
  erf: asMethod(elementwise.erf),
  sqrt: asMethod(elementwise.sqrt),
  rsqrt: asMethod(elementwise.rsqrt),
  square: asMethod(elementwise.square),
  reciprocal: asMethod(elementwise.reciprocal),
  tanh: asMethod(elementwise.tanh),
  sigmoid: asMethod(elementwise.sigmoid),
  relu: asMethod(elementwise.relu),
  gelu: asMethod(elementwise.gelu),
  silu: asMethod(elementwise.silu),
  softplus: asMethod(elementwise.softplus),
  leakyRelu: asMethod(elementwise.leakyRelu),
  cast: asMethod(elementwise.cast),
  broadcastTo: asMethod(elementwise.broadcastTo),
  sum: asMethod(reductions.sum),
  mean: asMethod(reductions.mean),
  variance: asMethod(reductions.variance),
  max: asMethod(reductions.max),
  min: asMethod(reductions.min),
  prod: asMethod(prod),
  any: asMethod(reductions.any),
  all: asMethod(reductions.all),
  argMax: asMethod(reductions.argMax),
  argMin: asMethod(reductions.argMin),
  logSumExp: asMethod(reductions.logSumExp),
  cumulativeSum: asMethod(cumulativeSum),
  softmax: asMethod(reductions.softmax),
  logSoftmax: asMethod(reductions.logSoftmax),
  reshape: asMethod(shapes.reshape),
  transpose: asMethod(shapes.transpose),
  expandDims: asMethod(shapes.expandDims),
  squeeze: asMethod(shapes.squeeze),
  slice: asMethod(shapes.slice),
  split: asMethod(shapes.split),
  pad: asMethod(shapes.pad),
  window: asMethod(window),
  flip: asMethod(shapes.flip),
  tile: asMethod(shapes.tile),
  take: asMethod(take),
  takeAlongAxis: asMethod(takeAlongAxis),
  oneHot: asMethod(oneHot),
  sort: asMethod(sort),
  argSort: asMethod(argSort),
  topK: asMethod(topK),
  data: asMethod(readTensor),
  item: asMethod(readItem),
  toArray: asMethod(toArray),
  dispose: asMethod(releaseTensor),
  [Symbol.dispose]: asMethod(releaseTensor),
};

Object.assign(Tensor.prototype, methods);
