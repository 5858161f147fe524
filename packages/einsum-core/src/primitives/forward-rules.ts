import { add, multiply } from '../operations/elementwise.ts';
import { contractPair } from '../operations/einsum.ts';
import { sum } from '../operations/reductions.ts';
import { apply } from '../tensor/apply.ts';
import { zeros } from '../tensor/create.ts';
import type { ElementwiseName, PrimitiveName, PrimitiveParameters, StructuralName } from '../tensor/parameters.ts';
import type { Call, ForwardRule } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ruleOf } from './custom-rule.ts';
import { scaled } from './elementwise-primitive.ts';
import { shareOfTies } from './fold-primitive.ts';

type Tangents = readonly (Tensor | null)[];

/** Σ of the terms that tangents give, each by itself; `null` of none. */
const summed = (tangents: Tangents, term: (tangent: Tensor, input: number) => Tensor | null): Tensor | null =>
  tangents.reduce<Tensor | null>((total, tangent, i) => {
    const next = tangent === null ? null : term(tangent, i);
    return total === null ? next : next === null ? total : add(total, next);
  }, null);

/** One operand replaced by its tangent, the other as it is. */
function einsumTerm(call: Call<PrimitiveParameters['einsum']>, input: number, tangent: Tensor): Tensor {
  const { operands, output } = call.parameters;
  if (operands.length === 1) return apply('einsum', [tangent], call.parameters);
  const other = { tensor: call.inputs[1 - input], axes: operands[1 - input] };
  const own = { tensor: tangent, axes: operands[input] };
  return (input === 0 ? contractPair(own, other, output) : contractPair(other, own, output)).tensor;
}

const foldRule: ForwardRule<{ readonly axes: readonly number[] }> = (call, [tangent]) =>
  tangent === null ? null : sum(multiply(tangent, shareOfTies(call)), call.parameters.axes);

/**
 * The jvp of each primitive that is not elementwise: a function; or the one input in which the primitive is linear while
 * the others have no derivative, so that its tangent goes the same way; or `null`, where the derivative is zero.
 */
const rules: { readonly [Name in StructuralName]: ForwardRule<PrimitiveParameters[Name]> | number | null } = {
  customRule: (call, tangents) => ruleOf(call).jvp(call, tangents),
  einsum: (call, tangents) => summed(tangents, (tangent, i) => einsumTerm(call, i, tangent)),
  reshape: 0,
  broadcast: 0,
  slice: 0,
  pad: ({ parameters }, [tangent]) => (tangent === null ? null : apply('pad', [tangent], { ...parameters, value: 0 })),
  concatenate: ({ inputs, parameters }, tangents) =>
    tangents.every((tangent) => tangent === null)
      ? null
      : apply(
          'concatenate',
          tangents.map((tangent, i) => tangent ?? zeros(inputs[i].shape)),
          parameters,
        ),
  window: 0,
  windowSum: 0,
  reduceMax: foldRule,
  reduceLargest: foldRule,
  reduceMin: foldRule,
  cumulativeSum: 0,
  argSort: null,
  gather: 0,
  scatterAdd: 1,
  takeAlongAxis: 0,
  scatterAddAlongAxis: 1,
  constant: null,
  iota: null,
  randomBits: null,
};

const isStructural = (name: PrimitiveName): name is StructuralName => name in rules;

/** The directional derivative of a primitive's output, graph to graph; `null` where it is zero. */
export function pushForward(name: PrimitiveName, call: Call<unknown>, tangents: Tangents): Tensor | null {
  // A call has the parameters of its primitive, which a function over all names cannot say.
  if (!isStructural(name))
    return summed(tangents, (tangent, i) =>
      scaled(name, call as Call<PrimitiveParameters[ElementwiseName]> as never, i, tangent),
    );
  const rule: ForwardRule<never> | number | null = rules[name];
  if (typeof rule === 'function') return rule(call as Call<never>, tangents);
  const tangent = rule === null ? null : tangents[rule];
  if (tangent === null || rule === null) return null;
  return apply(name, call.inputs.with(rule, tangent), call.parameters as never);
}
