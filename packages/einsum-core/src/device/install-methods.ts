import { sizeOf } from '../base/shape.ts';
import * as elementwise from '../operations/elementwise.ts';
import { take } from '../operations/indexing.ts';
import * as reductions from '../operations/reductions.ts';
import * as shapes from '../operations/shape.ts';
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

const methods: TensorMethods & ThisType<Tensor> = {
  add(other) { return elementwise.add(this, other); },
  subtract(other) { return elementwise.subtract(this, other); },
  multiply(other) { return elementwise.multiply(this, other); },
  divide(other) { return elementwise.divide(this, other); },
  power(other) { return elementwise.power(this, other); },
  maximum(other) { return elementwise.maximum(this, other); },
  minimum(other) { return elementwise.minimum(this, other); },
  equal(other) { return elementwise.equal(this, other); },
  notEqual(other) { return elementwise.notEqual(this, other); },
  less(other) { return elementwise.less(this, other); },
  lessEqual(other) { return elementwise.lessEqual(this, other); },
  greater(other) { return elementwise.greater(this, other); },
  greaterEqual(other) { return elementwise.greaterEqual(this, other); },
  negate() { return elementwise.negate(this); },
  abs() { return elementwise.abs(this); },
  exp() { return elementwise.exp(this); },
  log() { return elementwise.log(this); },
  sqrt() { return elementwise.sqrt(this); },
  rsqrt() { return elementwise.rsqrt(this); },
  square() { return elementwise.square(this); },
  reciprocal() { return elementwise.reciprocal(this); },
  tanh() { return elementwise.tanh(this); },
  sigmoid() { return elementwise.sigmoid(this); },
  relu() { return elementwise.relu(this); },
  gelu() { return elementwise.gelu(this); },
  cast(dtype) { return elementwise.cast(this, dtype); },
  sum(axes, options) { return reductions.sum(this, axes, options); },
  mean(axes, options) { return reductions.mean(this, axes, options); },
  variance(axes, options) { return reductions.variance(this, axes, options); },
  max(axes, options) { return reductions.max(this, axes, options); },
  min(axes, options) { return reductions.min(this, axes, options); },
  softmax(axis) { return reductions.softmax(this, axis); },
  logSoftmax(axis) { return reductions.logSoftmax(this, axis); },
  reshape(shape) { return shapes.reshape(this, shape); },
  transpose(axes) { return shapes.transpose(this, axes); },
  expandDims(axis) { return shapes.expandDims(this, axis); },
  squeeze(axes) { return shapes.squeeze(this, axes); },
  broadcastTo(shape) { return elementwise.broadcastTo(this, shape); },
  slice(starts, stops, steps) { return shapes.slice(this, starts, stops, steps); },
  take(indices, axis) { return take(this, indices, axis); },
  data() { return readTensor(this); },
  item() { return readItem(this); },
  async toArray() { return nest(await readTensor(this), this.shape); },
  dispose() { releaseTensor(this); },
  [Symbol.dispose]() { releaseTensor(this); },
};

Object.assign(Tensor.prototype, methods);
