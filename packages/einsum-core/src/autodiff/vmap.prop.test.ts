import { assertClose, describeOnBackends, property } from '@einlab/testkit';
import fc from 'fast-check';
import { treeLeaves } from '../base/tree.ts';
import { cast, multiply } from '../operations/elementwise.ts';
import { stack } from '../operations/shape.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { randomComputation } from '../testing/random-graph.ts';
import { readOn } from '../testing/shared-device.ts';
import { grad, valueAndGrad } from './grad.ts';
import { vmap } from './vmap.ts';

type Inputs = readonly Tensor[];

/** Inputs of other examples: without rounding, because 16 bits of what f32 and f64 rounded apart may differ by a unit. */
const others: readonly ((x: Tensor) => Tensor)[] = [(x) => x, (x) => multiply(x, 0.5), (x) => multiply(x, -1)];

describeOnBackends('a random computation, mapped', (backend) => {
  property(
    'has the values and gradients of a loop, whichever inputs the examples share',
    fc.record({
      seed: fc.nat(2 ** 31 - 1),
      steps: fc.integer({ min: 1, max: 16 }),
      isMapped: fc.constantFrom([true, true], [true, false], [false, true]),
    }),
    async ({ seed, steps, isMapped }) => {
      const { inputs, compute } = randomComputation(seed, steps);
      const examples = others.map((other) =>
        inputs.map((input, i) => (isMapped[i] ? cast(other(input), input.dtype) : input)),
      );
      const batch = inputs.map((input, i) => (isMapped[i] ? stack(examples.map((example) => example[i])) : input));
      const inAxes = [isMapped.map((is) => (is ? 0 : null))];

      const looped = examples.map((example) => valueAndGrad<[Inputs]>(compute)(example));
      const values = stack(looped.map(([value]) => value));
      const gradients = inputs.map((_, i) => stack(looped.map(([, gradient]) => gradient[i])));
      const totals = gradients.map((each, i) => (isMapped[i] ? each : each.sum(0)));

      const mapped = vmap(valueAndGrad<[Inputs]>(compute), { inAxes })(batch);
      const under = grad((all: Inputs) => vmap(compute, { inAxes })(all).sum())(batch);
      const got = await readOn(backend, [mapped, under].flatMap(treeLeaves).filter(isTensor));
      const expected = await readOn('reference', [values, ...gradients, ...totals]);
      expected.forEach((numbers, i) => {
        assertClose(got[i], numbers, {
          dtype: backend === 'reference' ? 'f64' : 'f32',
          reductionLength: 4096,
          // gradients pass through sums that cancel: the error is that of terms of size 1 and more
          scale: Math.max(1, ...numbers.map(Math.abs)),
          message: `output ${i} of seed ${seed}, ${steps} steps, inputs mapped: ${isMapped.join()}`,
        });
      });
      return got.length === expected.length;
    },
    { runs: 40 },
  );
});
