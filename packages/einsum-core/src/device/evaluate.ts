import { decodeAll16 } from '@einlab/numerics/sixteen-bit';
import { type HostArray, isStorage, type TypedArray } from '../base/dtype.ts';
import { dtypeError, shapeError } from '../base/errors.ts';
import { mapTree, treeLeaves } from '../base/tree.ts';
import { graphKey, traceGraph, written } from '../program/graph.ts';
import { isTensor, type KeptBuffer, type Tensor } from '../tensor/tensor.ts';
import type * as ChangingConstants from './changing-constants.ts';
import { type OpenDevice, PROGRAM_LIMIT } from './device.ts';
import { bufferOf, commonDevice, keptTensor, withBuffers } from './kept.ts';
import { withRoom } from './with-room.ts';

/** Loaded when a number differs from what it was in an evaluation of the same form: most programs have none that do. */
let changing: typeof ChangingConstants | undefined;

/** Buffers of tensors, computed together; the caller owns them. */
async function computeBuffers(tensors: readonly Tensor[], wanted?: OpenDevice): Promise<readonly KeptBuffer[]> {
  const traced = traceGraph(tensors);
  const device = commonDevice(traced.inputs, wanted);
  const { forms } = device;
  const { form, constants } = graphKey(traced.graph);
  let first = forms.get(form);
  if (first === undefined) {
    if (forms.size >= PROGRAM_LIMIT) forms.clear();
    forms.set(form, (first = constants));
  }
  let program = { ...traced, key: written(constants) };
  if (!constants.every((value, at) => Object.is(value, first[at]))) {
    changing ??= await import('./changing-constants.ts');
    program = changing.withoutChanging(traced, first, constants);
  }
  return withRoom(device, () =>
    device.executables.use(
      form + program.key,
      () => device.backend.compile(program.graph),
      (executable) => withBuffers(program.inputs, device, (buffers) => executable.run(buffers, device.observer)),
    ),
  );
}

/**
 * Computes every tensor of a tree together and keeps the results: the same tree, holding tensors that own memory.
 * What is kept already stays as it is.
 *
 * @param tree - a tensor, or records and arrays of tensors; other leaves pass through
 */
export async function evaluate<T>(tree: T): Promise<T> {
  const pending = [
    ...new Set(
      treeLeaves(tree)
        .filter(isTensor)
        .filter((leaf) => leaf.origin.kind !== 'kept'),
    ),
  ];
  if (pending.length === 0) return tree;
  const kept = await evaluateTensors(pending);
  const results = new Map(pending.map((leaf, i) => [leaf, kept[i]]));
  return mapTree<T>(tree, (leaf) => (isTensor(leaf) ? (results.get(leaf) ?? leaf) : leaf));
}

/** Tensors computed together and kept, on a given device or where their inputs live. */
export async function evaluateTensors(tensors: readonly Tensor[], device?: OpenDevice): Promise<Tensor[]> {
  const buffers = await computeBuffers(tensors, device);
  return tensors.map((tensor, i) => keptTensor(tensor.shape, tensor.dtype, buffers[i]));
}

/** The elements, row-major, as f32 (f16 and bf16 too), i32 or u32 (0/1 for bool); f64 on the reference device. Keeps nothing. */
export async function readTensor(tensor: Tensor): Promise<TypedArray> {
  const values = await readHost(tensor);
  if (isStorage(tensor.dtype)) return decodeAll16(tensor.dtype, values);
  // Only bits have the other type.
  return values as TypedArray;
}

/**
 * The bits of a tensor of 16-bit numbers, row-major, as files hold them. Computes what is not computed yet, and keeps nothing.
 *
 * @param x - `f16` or `bf16`
 * @throws {EinlabError} `dtype` for other types
 */
export async function toBits(x: Tensor): Promise<Uint16Array> {
  const values = await readHost(x);
  if (values instanceof Uint16Array) return values;
  throw dtypeError(`toBits: ${x.toString()} is not of 16 bits; cast it to f16 or bf16 first`, { dtype: x.dtype });
}

async function readHost(tensor: Tensor): Promise<HostArray> {
  if (tensor.origin.kind === 'kept') return bufferOf(tensor, commonDevice([tensor])).buffer.read();
  if (tensor.origin.kind === 'host') {
    const { values } = tensor.origin;
    return values instanceof Float64Array && commonDevice([]).kind !== 'reference'
      ? Float32Array.from(values)
      : values.slice();
  }
  const [buffer] = await computeBuffers([tensor]);
  try {
    return await buffer.read();
  } finally {
    buffer.release();
  }
}

/** The value of a tensor with one element. */
export async function readItem(tensor: Tensor): Promise<number> {
  if (tensor.size !== 1)
    throw shapeError(`item: ${tensor.toString()} has ${tensor.size} elements; expected exactly one`, {
      shape: tensor.shape,
    });
  return (await readTensor(tensor))[0];
}
