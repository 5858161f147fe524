import { isStorage } from '../base/dtype.ts';
import { deviceError } from '../base/errors.ts';
import type { PrimitiveName, PrimitiveParameters } from './parameters.ts';
import type { Primitive } from './primitive.ts';
import { Tensor } from './tensor.ts';

/** Primitives by name. Derivative rules need operations and operations need shape rules, so the table is looked up late. */
const table = new Map<string, Primitive>();

/** Makes primitives available to `apply`; called once by `primitives/index.ts`. */
export function installPrimitives(primitives: readonly Primitive[]): void {
  for (const primitive of primitives) table.set(primitive.name, primitive);
}

/** The record of a primitive. */
export function primitiveNamed(name: PrimitiveName): Primitive {
  const primitive = table.get(name);
  if (primitive === undefined) throw deviceError(`no primitive is called "${name}"`, { name });
  return primitive;
}

/**
 * The tensor that a primitive gives: shapes and types are checked now, values are computed on evaluation. What computes
 * reads `f16` and `bf16` as f32.
 */
export function apply<Name extends PrimitiveName>(
  name: Name,
  inputs: readonly Tensor[],
  parameters: PrimitiveParameters[Name],
): Tensor {
  const primitive = primitiveNamed(name);
  const read = primitive.moves?.(parameters) === true ? inputs : inputs.map(widened);
  const { shape, dtype } = primitive.shapeRule(read, parameters);
  return new Tensor(shape, dtype, { kind: 'operation', name, inputs: read, parameters });
}

/** A tensor as it is computed with: `f16` and `bf16` as f32, which changes no value. */
export const widened = (x: Tensor): Tensor => (isStorage(x?.dtype) ? apply('cast', [x], { dtype: 'f32' }) : x);
