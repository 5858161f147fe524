import { type DType, isFloat } from '../base/dtype.ts';
import { dtypeError, shapeError } from '../base/errors.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import type { Expression } from '../kernels/expression.ts';
import { add, multiply } from '../operations/elementwise.ts';
import type { None, PrimitiveName } from '../tensor/parameters.ts';
import type { Call, Example, Primitive, TensorType } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { inFront } from './batching.ts';

/** What distinguishes one elementwise primitive from another. */
export interface ElementwiseRule<Parameters> {
  readonly name: PrimitiveName;
  /** Accepted input types, one list per input. */
  readonly accepts: readonly (readonly DType[])[];
  /** The output's type; the first input's unless given. */
  dtype?(inputs: readonly TensorType[], parameters: Parameters): DType;
  /** The definition for one element, in f64; `dtype` is the first input's type. */
  scalar(values: readonly number[], dtype: DType, parameters: Parameters): number;
  expression(inputs: readonly Expression[], parameters: Parameters, output: TensorType): Expression;
  /** ∂output/∂input i at this call, or `null` where it is zero everywhere: both derivative rules follow from it. */
  partial?(call: Call<Parameters>, input: number): Tensor | null;
  /** Cotangent or tangent times the partial derivative, where a plain product would be wasteful. */
  scale?(call: Call<Parameters>, input: number, factor: Tensor): Tensor | null;
  /** The values are moved or converted, not computed with: 16-bit types come as they are. */
  readonly moves?: boolean;
  readonly examples: readonly Omit<Example<Parameters>, 'inputs' | 'parameters'>[];
  /** Parameters for the laws; default none. */
  readonly exampleParameters?: readonly Parameters[];
}

/** The types that arithmetic is done in. */
export const NUMERIC: readonly DType[] = ['f32', 'i32', 'u32'];
export const FLOAT: readonly DType[] = ['f32'];
export const ANY: readonly DType[] = ['f32', 'i32', 'u32', 'bool', 'f16', 'bf16'];

function checkTypes(name: string, accepts: readonly (readonly DType[])[], inputs: readonly TensorType[]): void {
  inputs.forEach((input, i) => {
    if (!accepts[i].includes(input.dtype)) {
      throw dtypeError(
        `${name}: operand ${i + 1} is ${input.dtype}${formatShape(input.shape)}; expected ${accepts[i].join(' or ')}`,
        { dtype: input.dtype },
      );
    }
    if (!sameShape(input.shape, inputs[0].shape)) {
      throw shapeError(
        `${name}: operands have shapes ${formatShape(inputs[0].shape)} and ${formatShape(input.shape)}; expected the same`,
        {
          left: inputs[0].shape,
          right: input.shape,
        },
      );
    }
  });
}

/**
 * The record of an elementwise primitive. An elementwise map has the diagonal Jacobian diag(∂f/∂xᵢ), so its vjp and
 * jvp are the same products: x̄ᵢ = ȳ·∂f/∂xᵢ and ẏ = Σ ẋᵢ·∂f/∂xᵢ.
 */
export function elementwisePrimitive<Parameters = None>(rule: ElementwiseRule<Parameters>): Primitive<Parameters> {
  const dtypeOf = (inputs: readonly TensorType[], parameters: Parameters): DType =>
    rule.dtype?.(inputs, parameters) ?? inputs[0].dtype;
  const scaled = (call: Call<Parameters>, input: number, factor: Tensor): Tensor | null => {
    if (!isFloat(call.inputs[input].dtype) || !isFloat(call.output.dtype)) return null;
    if (rule.scale !== undefined) return rule.scale(call, input, factor);
    const partial = rule.partial?.(call, input) ?? null;
    return partial === null ? null : multiply(factor, partial);
  };
  return {
    name: rule.name,
    shapeRule(inputs, parameters) {
      checkTypes(rule.name, rule.accepts, inputs);
      return { shape: inputs[0].shape, dtype: dtypeOf(inputs, parameters) };
    },
    vjp: (call, cotangent) => call.inputs.map((_, i) => scaled(call, i, cotangent)),
    jvp: (call, tangents) =>
      tangents.reduce<Tensor | null>((total, tangent, i) => {
        const term = tangent === null ? null : scaled(call, i, tangent);
        return total === null ? term : term === null ? total : add(total, term);
      }, null),
    batch: inFront(rule.name, (parameters) => parameters),
    reference(inputs, parameters, output) {
      const result = new Float64Array(inputs[0].values.length);
      for (let i = 0; i < result.length; i++) {
        const value = rule.scalar(
          inputs.map((input) => input.values[i]),
          inputs[0].dtype,
          parameters,
        );
        result[i] = output.dtype === 'bool' ? Number(value !== 0) : value;
      }
      return result;
    },
    lowering: {
      kind: 'elementwise',
      expression: (inputs, parameters, output) => rule.expression(inputs, parameters, output),
    },
    moves: () => rule.moves === true,
    examples: exampleCalls(rule),
  };
}

function exampleCalls<Parameters>(rule: ElementwiseRule<Parameters>): Example<Parameters>[] {
  const parameterSets = rule.exampleParameters ?? [{} as Parameters];
  // every type of the input that accepts most; inputs that do not accept it have a type of their own
  const widest = rule.accepts.reduce((most, types) => (types.length > most.length ? types : most));
  const typeLists = widest.map((type) => rule.accepts.map((types) => (types.includes(type) ? type : types[0])));
  return parameterSets.flatMap((parameters) =>
    typeLists.flatMap((types) =>
      rule.examples.map((example) => ({
        ...example,
        parameters,
        inputs: types.map((dtype) => ({ shape: [2, 3], dtype })),
      })),
    ),
  );
}
