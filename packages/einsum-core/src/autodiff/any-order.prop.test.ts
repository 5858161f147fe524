import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe } from 'vitest';
import { isStorage } from '../base/dtype.ts';
import '../index.ts';
import { add, multiply } from '../operations/elementwise.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { topologicalOrder } from '../tensor/topological-order.ts';
import { randomComputation } from '../testing/random-graph.ts';
import { readOn } from '../testing/shared-device.ts';
import { checkpoint } from './checkpoint.ts';
import { customGradient } from './custom-gradient.ts';
import { grad } from './grad.ts';
import { hvp } from './hessian-vector.ts';
import { jvp } from './jvp.ts';
import { vjp } from './vjp.ts';

type Inputs = readonly Tensor[];
type Loss = (inputs: Inputs) => Tensor;

/** The same function behind every way of wrapping one. */
const WRAPPED: readonly ((loss: Loss) => Loss)[] = [
  (loss) => loss,
  (loss) => checkpoint((inputs: Inputs) => loss(inputs)),
  (loss) => {
    // its own derivative, given as if by hand
    const custom = customGradient(
      (inputs: Inputs) => loss(inputs),
      (cotangent: Tensor, _: Tensor, inputs: Inputs) => [
        grad<[Inputs]>(loss)(inputs).map((g) => multiply(g, cotangent)),
      ],
    );
    return (inputs) => custom(inputs);
  },
];

const inner = (a: Inputs, b: Inputs): Tensor =>
  a.map((x, i) => multiply(x, b[i]).sum()).reduce((total, term) => add(total, term));

/** Directions of the inputs' shapes, with entries of order 1. */
const directionOf = (inputs: Inputs, seed: number): Tensor[] =>
  inputs.map((input, i) =>
    tensor(
      Float32Array.from({ length: input.size }, (_, at) => Math.sin(seed + 7 * i + at)),
      { shape: input.shape },
    ),
  );

describe('derivatives of derivatives', () => {
  property(
    'are the same forward over reverse, reverse over reverse and reverse over forward, and what differences give',
    fc.record({
      seed: fc.nat(2 ** 31 - 1),
      steps: fc.integer({ min: 1, max: 12 }),
      wrapping: fc.nat(WRAPPED.length - 1),
    }),
    async ({ seed, steps, wrapping }) => {
      const { inputs, compute } = randomComputation(seed, steps);
      const nodes = topologicalOrder([compute(inputs)]);
      // what is stopped has no derivative, but it differs
      fc.pre(!nodes.some(({ origin }) => origin.kind === 'operation' && origin.name === 'stopGradient'));
      const loss = WRAPPED[wrapping](compute);
      const direction = directionOf(inputs, seed % 97);
      const gradient = grad<[Inputs]>(loss);

      const forwardOverReverse = hvp<Inputs>(loss, inputs, direction);
      const reverseOverReverse = grad<[Inputs]>((x) => inner(gradient(x), direction))(inputs);
      const reverseOverForward = grad<[Inputs]>((x) => jvp<[Inputs], Tensor>(loss, [x], [direction])[1])(inputs);
      const [, pull] = vjp<[Inputs], Inputs>((x) => gradient(x), inputs);
      const [jvpOverVjp] = pull(direction);
      const step = 2 ** -14;
      const at = (sign: number): Inputs => inputs.map((x, i) => add(x, multiply(direction[i], sign * step)));
      const [above, below] = [gradient(at(1)), gradient(at(-1))];
      const differences = above.map((g, i) => multiply(g.subtract(below[i]), 0.5 / step));

      const ways = { reverseOverReverse, reverseOverForward, jvpOverVjp };
      const expected = await readOn('reference', forwardOverReverse);
      const scale = Math.max(1, ...expected.flatMap((values) => Array.from(values, Math.abs)));
      const message = (way: string): string => `${way}: seed ${seed}, ${steps} steps, wrapping ${wrapping}`;
      for (const [way, tensors] of Object.entries(ways)) {
        (await readOn('reference', tensors)).forEach((values, i) => {
          assertClose(values, expected[i], { dtype: 'f64', reductionLength: 4096, scale, message: message(way) });
        });
      }
      // 16-bit numbers are rounded in steps, and often equal, where a maximum has no derivative
      if ([...inputs, ...nodes].some(({ dtype }) => isStorage(dtype))) return true;
      // central differences: their own error is of the order of step², and of rounding divided by the step
      (await readOn('reference', differences)).forEach((values, i) => {
        assertClose(values, expected[i], {
          dtype: 'f32',
          reductionLength: 4096,
          scale,
          message: message('differences'),
        });
      });
      return true;
    },
    { runs: 60 },
  );

  property(
    'of third order are symmetric in their directions',
    fc.record({ seed: fc.nat(2 ** 31 - 1), steps: fc.integer({ min: 1, max: 6 }) }),
    async ({ seed, steps }) => {
      const { inputs, compute } = randomComputation(seed, steps);
      const nodes = topologicalOrder([compute(inputs)]);
      fc.pre(!nodes.some(({ origin }) => origin.kind === 'operation' && origin.name === 'stopGradient'));
      const [u, v, w] = [1, 2, 3].map((at) => directionOf(inputs, at + (seed % 89)));
      const along =
        (f: Loss, direction: Inputs): Loss =>
        (x) =>
          jvp<[Inputs], Tensor>(f, [x], [direction])[1];
      const orders = [
        along(along(along(compute, u), v), w),
        along(along(along(compute, w), u), v),
        (x: Inputs) => inner(hvp<Inputs>(along(compute, w), x, u), v),
      ];
      const [first, ...others] = await readOn(
        'reference',
        orders.map((f) => f(inputs)),
      );
      for (const other of others) {
        const scale = Math.max(1, Math.abs(first[0]));
        assertClose(other, first, {
          dtype: 'f64',
          reductionLength: 65536,
          scale,
          message: `seed ${seed}, ${steps} steps`,
        });
      }
      return true;
    },
    { runs: 40 },
  );
});
