import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Call, Primitive } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';

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

/** The rule of a call. */
export const ruleOf = (call: { readonly parameters: Parameters }): DerivativeRule =>
  // Parameters stand below tensors and cannot name their type.
  call.parameters.rule as DerivativeRule;

/** The values of the first input; only derivatives see the others and the rule, so programs leave it out. */
export const customRule: Primitive<Parameters> = {
  name: 'customRule',
  shapeRule: ([{ shape, dtype }]) => ({ shape, dtype }),
  vjp: (call, cotangent) => ruleOf(call).vjp(call, cotangent),
  moves: () => true,
};
