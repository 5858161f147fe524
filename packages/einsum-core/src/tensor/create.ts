import { encodeAll16 } from '@einlab/numerics/sixteen-bit';
import {
  allocateHost,
  BYTES_PER_ELEMENT,
  type DType,
  isFloat,
  isStorage,
  type StorageType,
  type TypedArray,
} from '../base/dtype.ts';
import { dataError, dtypeError, shapeError } from '../base/errors.ts';
import { inHostMemory } from '../base/host-memory.ts';
import { assertShape, formatShape, type Shape, sizeOf } from '../base/shape.ts';
import { apply } from './apply.ts';
import type { NestedArray } from './arguments.ts';
import { Tensor, type TensorLike } from './tensor.ts';

/** Shape and element type for a new tensor; both are inferred where they can be. */
export interface CreateOptions {
  readonly shape?: Shape;
  readonly dtype?: DType;
}

/**
 * A tensor of given values: a number, nested arrays of numbers, or a typed array with a shape. The values are copied.
 *
 * @param values - numbers; nested arrays must be rectangular
 * @param options - `shape` (default: as nested, or one axis) and `dtype` (default: `i32`/`u32` for such typed arrays,
 *   `bool` for booleans, otherwise `f32`); `f16` and `bf16` round to the nearest number they have
 * @throws {EinlabError} `shape` when the values do not fill the shape, `data` when nested arrays are ragged
 */
export function tensor(values: NestedArray | TypedArray, options: CreateOptions = {}): Tensor {
  // what holds bigints has no numbers to take
  if (ArrayBuffer.isView(values) && typeof (values as ArrayLike<unknown>)[0] !== 'bigint') {
    const dtype =
      options.dtype ?? (values instanceof Int32Array ? 'i32' : values instanceof Uint32Array ? 'u32' : 'f32');
    return fromFlat(values, options.shape ?? [values.length], dtype);
  }
  const flat: number[] = [];
  const nestedShape = flatten(values as NestedArray, flat, []);
  const dtype = options.dtype ?? (isBoolean(values as NestedArray) ? 'bool' : 'f32');
  return fromFlat(flat, options.shape ?? nestedShape, dtype);
}

/**
 * A tensor of 16-bit numbers given by their bits, as files hold them. The bits are copied.
 *
 * @param options - `dtype`, and `shape` (default: one axis)
 * @throws {EinlabError} `shape` when the bits do not fill the shape, `dtype` for types that have other than 16 bits, `data` for bits
 *   that are not in a `Uint16Array`
 */
export function fromBits(bits: Uint16Array, options: { readonly dtype: StorageType; readonly shape?: Shape }): Tensor {
  if (!(bits instanceof Uint16Array)) {
    const found = Object.prototype.toString.call(bits).slice(8, -1);
    throw dataError(`fromBits: the bits are in ${found}; expected a Uint16Array, one entry for each number`, { found });
  }
  const { dtype, shape = [bits.length] } = options;
  if (!isStorage(dtype)) throw dtypeError(`fromBits: dtype is ${String(dtype)}; expected f16 or bf16`, { dtype });
  assertFilled(bits.length, shape, 'fromBits');
  const values = inHostMemory(`fromBits of shape ${formatShape(shape)}`, bits.byteLength, () => bits.slice());
  return new Tensor([...shape], dtype, { kind: 'host', values });
}

function assertFilled(length: number, shape: Shape, operation: string): void {
  assertShape(shape, operation);
  if (sizeOf(shape) !== length) {
    throw shapeError(
      `${operation}: ${length} values do not fill shape ${formatShape(shape)}, which has ${sizeOf(shape)} elements`,
      {
        shape,
        length,
      },
    );
  }
}

function fromFlat(values: ArrayLike<number>, shape: Shape, dtype: DType): Tensor {
  assertFilled(values.length, shape, 'tensor');
  // Numbers given in f64 are kept so: the reference backend computes in f64, the others round when they upload.
  const isWide = dtype === 'f32' && !(values instanceof Float32Array);
  const bytes = (isWide ? 8 : BYTES_PER_ELEMENT[dtype]) * values.length;
  const allocated = <Host>(allocate: () => Host): Host =>
    inHostMemory(`tensor of shape ${formatShape(shape)}`, bytes, allocate);
  if (isStorage(dtype)) {
    const bits = allocated(() => encodeAll16(dtype, values));
    return new Tensor([...shape], dtype, { kind: 'host', values: bits });
  }
  const host = allocated(() => (isWide ? new Float64Array(values.length) : allocateHost(dtype, values.length)));
  host.set(dtype === 'bool' ? Array.from(values, (value) => (value ? 1 : 0)) : values);
  return new Tensor([...shape], dtype, { kind: 'host', values: host });
}

function flatten(node: NestedArray, out: number[], path: readonly number[]): number[] {
  if (typeof node === 'number' || typeof node === 'boolean') {
    out.push(Number(node));
    return [];
  }
  if (!Array.isArray(node)) {
    throw dataError(
      `tensor: the value at [${path.join('][')}] is ${String(node)} (${typeof node}); expected numbers or nested arrays of numbers`,
      { path },
    );
  }
  const children = node.map((child: NestedArray, i) => flatten(child, out, [...path, i]));
  children.forEach((shape, i) => {
    if (formatShape(shape) !== formatShape(children[0])) {
      throw dataError(
        `tensor: ragged array: entry ${i} at depth ${path.length} has shape ${formatShape(shape)} but entry 0 has ${formatShape(children[0])}`,
        { path },
      );
    }
  });
  return [node.length, ...(children[0] ?? [])];
}

function isBoolean(values: NestedArray): boolean {
  let node: NestedArray | undefined = values;
  while (Array.isArray(node)) node = node[0] as NestedArray | undefined;
  return typeof node === 'boolean';
}

/** A scalar known when the program is built; it becomes part of the program, not an input of it. */
export const scalar = (value: number, dtype: DType = 'f32'): Tensor => apply('constant', [], { value, dtype });

/** Every element the same. @param shape - sizes per axis */
export function full(shape: Shape, value: number, dtype: DType = 'f32'): Tensor {
  assertShape(shape, 'full');
  return apply('broadcast', [scalar(value, dtype)], { shape, axes: [] });
}

/** All zeros. */
export const zeros = (shape: Shape, dtype: DType = 'f32'): Tensor => full(shape, 0, dtype);

/** All ones. */
export const ones = (shape: Shape, dtype: DType = 'f32'): Tensor => full(shape, 1, dtype);

/** The coordinate along `axis` at every place of `shape`: `i32[...shape]`. */
export const iota = (shape: Shape, axis: number): Tensor => apply('iota', [], { shape, axis });

/** 0, 1, …, n − 1 as `i32[n]`, or as `f32[n]` by option. */
export function arange(length: number, dtype: DType = 'i32'): Tensor {
  assertShape([length], 'arange');
  const indices = iota([length], 0);
  return dtype === 'i32' ? indices : apply('cast', [indices], { dtype });
}

/** The identity matrix `f32[n, n]`. */
export function eye(size: number): Tensor {
  assertShape([size, size], 'eye');
  const diagonal = apply('equal', [iota([size, size], 0), iota([size, size], 1)], {});
  return apply('cast', [diagonal], { dtype: 'f32' });
}

/** `count` equally spaced values from `start` to `stop`, both included: `f32[count]`. */
export function linspace(start: number, stop: number, count: number): Tensor {
  assertShape([count], 'linspace');
  const values = inHostMemory(`linspace of ${count} values`, 8 * count, () => new Float64Array(count));
  const last = Math.max(1, count - 1);
  // weights of both ends, so that both are met exactly
  return tensor(values.map((_, i) => (start * (last - i) + stop * i) / last));
}

/** A number as a scalar of the given type; a tensor as it is. */
export function toTensor(value: TensorLike, dtype: DType): Tensor {
  if (typeof value !== 'number') return value;
  if (!isFloat(dtype) && dtype !== 'bool' && !Number.isInteger(value)) {
    throw dtypeError(
      `the number ${value} is not an integer, but the other operand is ${dtype}; cast that operand to f32 first`,
      { value, dtype },
    );
  }
  return scalar(value, dtype);
}
