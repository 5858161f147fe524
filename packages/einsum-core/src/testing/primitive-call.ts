import type { TypedArray } from '../base/dtype.ts';
import { dtypeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { primitives } from './defined-primitives.ts';
import type { PrimitiveName } from '../tensor/parameters.ts';
import type { Example, DefinedPrimitive, TensorType } from '../tensor/primitive.ts';
import { Tensor } from '../tensor/tensor.ts';
import { readOn } from './shared-device.ts';

/** Whether the registry has a primitive of this name. */
export const isPrimitiveName = (name: string): name is PrimitiveName => name in primitives;

/** The tensor of a primitive of the registry, whose parameters' type is known only to its own file. */
export function callPrimitive(primitive: DefinedPrimitive, inputs: readonly Tensor[], parameters: unknown): Tensor {
  const { name } = primitive;
  if (!isPrimitiveName(name)) throw dtypeError(`no primitive is called "${name}"`, { name });
  const { shape, dtype } = primitive.shapeRule(inputs, parameters);
  return new Tensor(shape, dtype, { kind: 'operation', name, inputs, parameters });
}

/** The definition's values at given inputs. */
export async function referenceValues(
  primitive: DefinedPrimitive,
  inputs: readonly Tensor[],
  parameters: unknown,
  change: (value: number) => number = (value) => value,
): Promise<Float64Array> {
  const values = await readOn('reference', inputs);
  const arrays = inputs.map(({ shape, dtype }, i) => ({
    shape,
    dtype,
    values: dtype === 'f32' ? Float64Array.from(values[i], change) : Float64Array.from(values[i]),
  }));
  return primitive.reference(arrays, parameters, primitive.shapeRule(inputs, parameters));
}

const typeText = ({ shape, dtype }: TensorType): string => `${dtype}${formatShape(shape)}`;

/** `slice(f32[5, 4], {"starts":[1,0]})`: which example a law is about. */
export function describeCall(primitive: DefinedPrimitive, example: Example<unknown>): string {
  const parameters = JSON.stringify(example.parameters);
  const inputs = example.inputs.map(typeText);
  return `${primitive.name}(${[...inputs, ...(parameters === '{}' ? [] : [parameters])].join(', ')})`;
}

/** The largest finite magnitude; 0 where there is none. */
export function largestMagnitude(values: TypedArray): number {
  let largest = 0;
  for (const value of values) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest;
}
