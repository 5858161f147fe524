import { reshape, slice } from '../operations/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { ANY, elementwisePrimitive } from './elementwise-primitive.ts';

const elementwise: Primitive<None> = elementwisePrimitive<None>({
  name: 'barrier',
  accepts: [ANY, ANY],
  scalar: ([x]) => x,
  expression: ([x]) => x,
  scale: (_call, input, factor) => (input === 0 ? factor : null),
  moves: true,
  examples: [{ awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});

/**
 * The first input, not before the second is known. Programs keep it, so what is computed from it is neither merged with
 * what is computed from the input itself, nor computed earlier.
 */
export const barrier: Primitive<None> = {
  ...elementwise,
  // What all examples share waits for the first of them, which is known when the whole batch is, and stays shared.
  batch(call) {
    const [x, after] = call.inputs;
    if (call.isBatched[0] || call.size === 0) return elementwise.batch(call);
    return { shared: apply('barrier', [x, reshape(slice(after, [0], [1]), x.shape)], {}) };
  },
};
