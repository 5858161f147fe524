import { normalizeAxis } from '../base/axes.ts';
import { optionError } from '../base/errors.ts';
import { take } from '../operations/indexing.ts';
import { reshape, slice } from '../operations/shape.ts';
import { argSort } from '../operations/sort.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { bits } from './random.ts';

/**
 * A random order: of the whole numbers below `values`, or of the slices of a tensor along an axis. All n! orders are equally likely, up
 * to ties among sort keys: they are of at least 3·log₂ n bits, so an order deviates from that by less than 1/n in total.
 *
 * @param values - how many numbers to order, or a tensor whose slices keep what is in them
 * @param axis - of the tensor; default the first
 * @returns `i32[n]`, or the shape and type of the tensor. The same on every backend, to the bit
 * @throws {EinlabError} `option` for a count that is none, `shape` for an axis that is not there
 */
export function permutation(from: Tensor, values: number | Tensor, axis = 0): Tensor {
  if (isTensor(values)) {
    const along = normalizeAxis(axis, values, 'random.permutation');
    return take(values, permutation(from, values.shape[along]), along);
  }
  if (!Number.isSafeInteger(values) || values < 0) {
    throw optionError(`random.permutation: the count is ${values}; expected a whole number ≥ 0, or a tensor`, {
      count: values,
    });
  }
  // Sorting is stable: each round orders what the ones before left, so together they sort by one longer key.
  const rounds = Math.max(1, Math.ceil((3 * Math.log2(values)) / 32));
  const keys = bits(from, [rounds, values]);
  const rank = (round: number): Tensor => reshape(slice(keys, [round, 0], [round + 1, values]), [values]);
  let order = argSort(rank(0));
  for (let round = 1; round < rounds; round++) order = take(order, argSort(take(rank(round), order)));
  return order;
}
