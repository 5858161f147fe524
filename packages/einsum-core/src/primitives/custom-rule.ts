import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Call, Primitive } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { allBatched } from './batching.ts';

type Parameters = PrimitiveParameters['customRule'];

/**
 * Derivatives that somebody states. A rule may use only what its call holds, because a call can be copied to other
 * inputs.
 */
export interface DerivativeRule {
  vjp(call: Call<Parameters>, cotangent: Tensor): readonly (Tensor | null)[];
  jvp(call: Call<Parameters>, tangents: readonly (Tensor | null)[]): Tensor | null;
  /** The rule of all examples of a batch at once: for calls whose first input is batched, and of the others those that are said to be. */
  batch(isBatched: readonly boolean[]): DerivativeRule;
}

/** The first input's values, with derivatives by a rule, which gets all inputs. */
export const withRule = (inputs: readonly Tensor[], rule: DerivativeRule): Tensor =>
  apply('customRule', inputs, { rule });

// Parameters stand below tensors and cannot name their type.
const ruleOf = (call: { readonly parameters: Parameters }): DerivativeRule => call.parameters.rule as DerivativeRule;

const throughFirst: DerivativeRule = {
  vjp: (_call, cotangent) => [cotangent],
  jvp: (_call, [tangent]) => tangent,
  batch: () => throughFirst,
};

/** The values of the first input; only derivatives see the others and the rule, so programs leave it out. */
export const customRule: Primitive<Parameters> = {
  name: 'customRule',
  shapeRule: ([{ shape, dtype }]) => ({ shape, dtype }),
  vjp: (call, cotangent) => ruleOf(call).vjp(call, cotangent),
  jvp: (call, tangents) => ruleOf(call).jvp(call, tangents),
  batch(call) {
    const [value] = allBatched(call);
    const [, ...areBatched] = call.isBatched;
    return withRule([value, ...call.inputs.slice(1)], ruleOf(call).batch([true, ...areBatched]));
  },
  reference: ([{ values }]) => values.slice(),
  lowering: { kind: 'view', view: (input) => input },
  moves: () => true,
  examples: [
    {
      inputs: [{ shape: [2, 3], dtype: 'f32' }],
      parameters: {
        rule: throughFirst,
      },
    },
  ],
};
