import { EinlabError } from '../base/errors.ts';
import type { DType, LaneType } from '../base/dtype.ts';
import type { Example, DefinedPrimitive } from '../tensor/primitive.ts';

/** The storage types have laws of their own. */
const DTYPES: readonly LaneType[] = ['f32', 'i32', 'u32', 'bool'];

/** True where something of the example, or of its result, has no elements. */
export function isEmptyExample(primitive: DefinedPrimitive, { inputs, parameters }: Example<unknown>): boolean {
  return [...inputs, primitive.shapeRule(inputs, parameters)].some(({ shape }) => shape.includes(0));
}

/**
 * What the laws are checked at: a primitive's own examples, the first of them that can be had in each further element type
 * that the primitive accepts, and one without elements. With another type, the inputs that have the output's type change
 * theirs.
 */
export function lawExamples(primitive: DefinedPrimitive): readonly Example<unknown>[] {
  const typesOf = ({ inputs }: Example<unknown>): string => inputs.map(({ dtype }) => dtype).join();
  const examples = [...primitive.examples];
  const known = new Set(examples.map(typesOf));
  for (const example of primitive.examples) {
    for (const dtype of DTYPES) {
      const variant = withType(primitive, example, dtype);
      if (variant === undefined || known.has(typesOf(variant))) continue;
      known.add(typesOf(variant));
      examples.push(variant);
    }
  }
  const [first] = primitive.examples;
  if (first.inputs.length === 0 || examples.some((example) => isEmptyExample(primitive, example))) return examples;
  const empty = accepted(primitive, { ...first, inputs: first.inputs.map(({ dtype }) => ({ shape: [2, 0], dtype })) });
  return empty === undefined ? examples : [...examples, empty];
}

/** The example with data of another type. */
function withType(primitive: DefinedPrimitive, example: Example<unknown>, dtype: DType): Example<unknown> | undefined {
  const own = primitive.shapeRule(example.inputs, example.parameters).dtype;
  const inputs = example.inputs.map((input) => (input.dtype === own ? { ...input, dtype } : input));
  return accepted(primitive, { ...example, inputs });
}

/** The example, or undefined where the primitive refuses it. */
function accepted(primitive: DefinedPrimitive, example: Example<unknown>): Example<unknown> | undefined {
  try {
    primitive.shapeRule(example.inputs, example.parameters);
    return example;
  } catch (error) {
    if (error instanceof EinlabError) return undefined;
    throw error;
  }
}
