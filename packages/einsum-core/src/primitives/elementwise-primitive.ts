import { assertType } from '../base/assert-type.ts';
import { isFloat } from '../base/dtype.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import type { ElementwiseName, PrimitiveParameters } from '../tensor/parameters.ts';
import type { Call, Primitive, TensorType } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type ElementwiseRule, elementwiseRules } from './elementwise-rules.ts';

function checkTypes(name: string, { accepts }: ElementwiseRule<never>, inputs: readonly TensorType[]): void {
  inputs.forEach((input, i) => {
    assertType(`${name}: operand ${i + 1} is`, input, accepts[i]);
    const { shape } = input;
    if (!sameShape(shape, inputs[0].shape)) {
      throw shapeError(
        `${name}: operands have shapes ${formatShape(inputs[0].shape)} and ${formatShape(shape)}; expected the same`,
        { left: inputs[0].shape, right: shape },
      );
    }
  });
}

/** A cotangent or tangent times the derivative in one input: `null` where that is zero, as it is of integers and truth. */
export function scaled<Name extends ElementwiseName>(
  name: Name,
  call: Call<PrimitiveParameters[Name]>,
  input: number,
  factor: Tensor,
): Tensor | null {
  if (!isFloat(call.inputs[input].dtype) || !isFloat(call.output.dtype)) return null;
  return elementwiseRules[name].scale?.(factor, call, input) ?? null;
}

/**
 * The record of an elementwise primitive. An elementwise map has the diagonal Jacobian diag(∂f/∂xᵢ), so its vjp and
 * jvp are the same products: x̄ᵢ = ȳ·∂f/∂xᵢ and ẏ = Σ ẋᵢ·∂f/∂xᵢ.
 */
export function elementwisePrimitive<Name extends ElementwiseName>(name: Name): Primitive<PrimitiveParameters[Name]> {
  const rule: ElementwiseRule<PrimitiveParameters[Name]> = elementwiseRules[name];
  return {
    name,
    shapeRule(inputs, parameters) {
      checkTypes(name, rule, inputs);
      return { shape: inputs[0].shape, dtype: rule.dtype?.(inputs, parameters) ?? inputs[0].dtype };
    },
    vjp: (call, cotangent) => call.inputs.map((_, i) => scaled(name, call, i, cotangent)),
    moves: () => rule.moves === true,
  };
}
