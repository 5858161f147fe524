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

const toArray = async (x: Tensor): Promise<NestedArray> => nest(await readTensor(x), x.shape);

/** A method of each name is its function, of the tensor that it is called on. */
const functions: { readonly [Name in keyof TensorMethods]: (x: Tensor, ...rest: never) => unknown } = {
  add: elementwise.add,
  subtract: elementwise.subtract,
  multiply: elementwise.multiply,
  divide: elementwise.divide,
  power: elementwise.power,
  remainder,
  maximum: elementwise.maximum,
  minimum: elementwise.minimum,
  equal: elementwise.equal,
  notEqual: elementwise.notEqual,
  less: elementwise.less,
  lessEqual: elementwise.lessEqual,
  greater: elementwise.greater,
  greaterEqual: elementwise.greaterEqual,
  logicalAnd: elementwise.logicalAnd,
  logicalOr: elementwise.logicalOr,
  logicalXor: elementwise.logicalXor,
  logicalNot: elementwise.logicalNot,
  where: elementwise.where,
  isNaN: elementwise.isNaN,
  isFinite: elementwise.isFinite,
  negate: elementwise.negate,
  abs: elementwise.abs,
  sign: elementwise.sign,
  floor: elementwise.floor,
  ceil: elementwise.ceil,
  round: elementwise.round,
  clip: elementwise.clip,
  exp: elementwise.exp,
  expm1: elementwise.expm1,
  log: elementwise.log,
  log1p: elementwise.log1p,
  sin: elementwise.sin,
  cos: elementwise.cos,
  erf: elementwise.erf,
  sqrt: elementwise.sqrt,
  rsqrt: elementwise.rsqrt,
  square: elementwise.square,
  reciprocal: elementwise.reciprocal,
  tanh: elementwise.tanh,
  sigmoid: elementwise.sigmoid,
  relu: elementwise.relu,
  gelu: elementwise.gelu,
  silu: elementwise.silu,
  softplus: elementwise.softplus,
  leakyRelu: elementwise.leakyRelu,
  cast: elementwise.cast,
  broadcastTo: elementwise.broadcastTo,
  sum: reductions.sum,
  mean: reductions.mean,
  variance: reductions.variance,
  max: reductions.max,
  min: reductions.min,
  prod,
  any: reductions.any,
  all: reductions.all,
  argMax: reductions.argMax,
  argMin: reductions.argMin,
  logSumExp: reductions.logSumExp,
  cumulativeSum,
  softmax: reductions.softmax,
  logSoftmax: reductions.logSoftmax,
  reshape: shapes.reshape,
  transpose: shapes.transpose,
  expandDims: shapes.expandDims,
  squeeze: shapes.squeeze,
  slice: shapes.slice,
  split: shapes.split,
  pad: shapes.pad,
  window,
  flip: shapes.flip,
  tile: shapes.tile,
  take,
  takeAlongAxis,
  oneHot,
  sort,
  argSort,
  topK,
  data: readTensor,
  item: readItem,
  toArray,
  dispose: releaseTensor,
  [Symbol.dispose]: releaseTensor,
};

for (const name of Reflect.ownKeys(functions) as (keyof TensorMethods)[]) {
  const f = functions[name] as (x: Tensor, ...rest: unknown[]) => unknown;
  Object.assign(Tensor.prototype, {
    [name](this: Tensor, ...rest: unknown[]) {
      return f(this, ...rest);
    },
  });
}
