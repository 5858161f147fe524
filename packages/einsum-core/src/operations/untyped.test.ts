import { describe, expect, it } from 'vitest';
import '../device/install-methods.ts';
import '../primitives/index.ts';
import { EinlabError } from '../base/errors.ts';
import { full, tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as elementwise from './elementwise.ts';
import { cumulativeSum } from './cumulative-sum.ts';
import { einsum } from './einsum.ts';
import * as indexing from './indexing.ts';
import { prod } from './prod.ts';
import { rearrange, reduce, repeat } from './rearrange.ts';
import * as reductions from './reductions.ts';
import { remainder } from './remainder.ts';
import * as shapes from './shape.ts';
import * as sorting from './sort.ts';
import { window } from './window.ts';

/** What JavaScript, or a value that was cast, puts where a tensor, a list or a number belongs. */
const untyped = <T>(value: unknown): T => value as T;

const x = tensor([1, 2]);
const flags = tensor([true, false]);
const index = tensor([0, 1], { dtype: 'i32' });

const calls: Readonly<Record<string, (x: Tensor) => unknown>> = {
  abs: (y) => elementwise.abs(y),
  ceil: (y) => elementwise.ceil(y),
  cos: (y) => elementwise.cos(y),
  erf: (y) => elementwise.erf(y),
  exp: (y) => elementwise.exp(y),
  floor: (y) => elementwise.floor(y),
  gelu: (y) => elementwise.gelu(y),
  isFinite: (y) => elementwise.isFinite(y),
  isNaN: (y) => elementwise.isNaN(y),
  log: (y) => elementwise.log(y),
  negate: (y) => elementwise.negate(y),
  reciprocal: (y) => elementwise.reciprocal(y),
  relu: (y) => elementwise.relu(y),
  'add to it': (y) => elementwise.add(y, x),
  'add it': (y) => elementwise.add(x, y),
  'as a method': (y) => x.multiply(y),
  remainder: (y) => remainder(x, y),
  clip: (y) => elementwise.clip(y, 0, 1),
  cast: (y) => elementwise.cast(y, 'i32'),
  'where condition': (y) => elementwise.where(y, 1, 0),
  'where value': (y) => elementwise.where(flags, y, x),
  logicalXor: (y) => elementwise.logicalXor(flags, y),
  broadcastTo: (y) => elementwise.broadcastTo(y, [2, 2]),
  sum: (y) => reductions.sum(y),
  mean: (y) => reductions.mean(y, 0),
  variance: (y) => reductions.variance(y),
  max: (y) => reductions.max(y),
  any: (y) => reductions.any(y),
  argMax: (y) => reductions.argMax(y),
  logSumExp: (y) => reductions.logSumExp(y),
  softmax: (y) => reductions.softmax(y),
  prod: (y) => prod(y),
  cumulativeSum: (y) => cumulativeSum(y),
  sort: (y) => sorting.sort(y),
  argSort: (y) => sorting.argSort(y),
  topK: (y) => sorting.topK(y, 1),
  reshape: (y) => shapes.reshape(y, [2]),
  transpose: (y) => shapes.transpose(y),
  expandDims: (y) => shapes.expandDims(y, 0),
  squeeze: (y) => shapes.squeeze(y),
  slice: (y) => shapes.slice(y, [0], [1]),
  split: (y) => shapes.split(y, 1),
  pad: (y) => shapes.pad(y, [1], [1]),
  tile: (y) => shapes.tile(y, [2]),
  flip: (y) => shapes.flip(y),
  concatenate: (y) => shapes.concatenate([x, y]),
  stack: (y) => shapes.stack([x, y]),
  window: (y) => window(y, { axes: [0], sizes: [1] }),
  take: (y) => indexing.take(y, index),
  'take indices': (y) => indexing.take(x, y),
  takeAlongAxis: (y) => indexing.takeAlongAxis(y, index),
  'takeAlongAxis indices': (y) => indexing.takeAlongAxis(x, y),
  scatterAdd: (y) => indexing.scatterAdd(index, y, 2),
  'scatterAdd indices': (y) => indexing.scatterAdd(y, x, 2),
  oneHot: (y) => indexing.oneHot(y, 2),
  einsum: (y) => einsum('a,a->', y, x),
  rearrange: (y) => rearrange('a -> a 1', y),
  reduce: (y) => reduce('a -> ', y, 'sum'),
  repeat: (y) => repeat('a -> a 2', y),
};

describe('where a tensor belongs, an operation says what it found', () => {
  it.each(Object.entries(calls))('%s', (_name, call) => {
    for (const [value, type] of [
      [undefined, 'Undefined'],
      [null, 'Null'],
      ['1', 'String'],
      [[1, 2], 'Array'],
      [new Float32Array(2), 'Float32Array'],
      [{ values: 2 }, 'Object'],
    ] as const) {
      expect(() => call(untyped(value))).toThrow(`no tensor but ${type}`);
      expect(() => call(untyped(value))).toThrow(EinlabError);
    }
  });
});

it('einsum takes plain records for options only behind its operands', async () => {
  expect(() => einsum('a,a->', x, untyped(undefined))).toThrow('einsum: operand 2 is no tensor but Undefined');
  expect(() => einsum('a,a->', x, untyped(3))).toThrow('einsum: operand 2 is no tensor but Number');
  expect(() => einsum('a,a->', untyped([x, x]))).toThrow('einsum: operand 1 is no tensor but Array');
  expect(() => einsum('a->', index)).toThrow('einsum: operand 1 is i32[2]; expected f32');
  expect(await einsum('a,a->', x, x, { optimize: 'left-to-right' }).item()).toBe(5);
});

it('gelu of a number, which has no method, is refused as well', () => {
  expect(() => elementwise.gelu(untyped(5))).toThrow('gelu: the operand is no tensor but Number');
});

describe('where a list belongs, an operation says what it found', () => {
  it.each<[string, () => unknown, string]>([
    ['zeros', () => zeros(untyped(3)), 'the shape is 3; expected a list of sizes'],
    ['full', () => full(untyped(undefined), 1), 'full: the shape is undefined; expected a list of sizes'],
    ['tensor', () => tensor([1], { shape: untyped(1) }), 'tensor: the shape is 1; expected a list of sizes'],
    ['reshape', () => x.reshape(untyped(2)), 'reshape: the shape is 2; expected a list of sizes'],
    ['broadcastTo', () => x.broadcastTo(untyped(2)), 'broadcastTo: the shape is 2; expected a list of sizes'],
    ['tile', () => x.tile(untyped(2)), 'tile: the shape is 2; expected a list of sizes'],
    ['transpose', () => x.transpose(untyped({})), 'transpose: axis [object Object] is out of range'],
    ['sum', () => x.sum(untyped({ axis: 0 })), 'sum: axis [object Object] is out of range'],
    ['window', () => x.window({ axes: [0], sizes: untyped(2) }), 'window: sizes 2 for axes 0 of [2]; expected'],
    ['stack', () => shapes.stack(untyped(x)), 'concatenate: got no tensors; expected a list of at least one'],
    [
      'slice',
      () => x.slice(untyped(0), untyped(1)),
      'slice: start 0 for shape [2]; expected a list of at most one number per axis',
    ],
    [
      'pad',
      () => x.pad(untyped(1), untyped(undefined)),
      'pad: before [1] and after [undefined] for shape [2]; expected',
    ],
  ])('%s', (_name, call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(EinlabError);
  });
});

describe('where an element type belongs', () => {
  it.each<[string, () => unknown]>([
    ['tensor', () => tensor([1], { dtype: untyped('float32') })],
    ['zeros', () => zeros([2], untyped('float32'))],
    ['cast', () => x.cast(untyped('float32'))],
  ])('%s says which there are', (_name, call) => {
    expect(call).toThrow('the element type is float32; expected f32 or i32 or u32 or bool or f16 or bf16');
    expect(call).toThrow(EinlabError);
  });
});
