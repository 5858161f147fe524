import type { ElementwiseName, PrimitiveName, PrimitiveParameters, StructuralName } from '../../tensor/parameters.ts';
import type { Definition, Example } from '../../tensor/primitive.ts';
import { elementwiseRules } from '../elementwise-rules.ts';
import { argSort } from './arg-sort.ts';
import { broadcast } from './broadcast.ts';
import { concatenate } from './concatenate.ts';
import { constant } from './constant.ts';
import { cumulativeSum } from './cumulative-sum.ts';
import { customRule } from './custom-rule.ts';
import { einsum } from './einsum.ts';
import { gather } from './gather.ts';
import { iota } from './iota.ts';
import { pad } from './pad.ts';
import { randomBits } from './random-bits.ts';
import { reshape } from './reshape.ts';
import { scatterAdd } from './scatter-add.ts';
import { scatterAddAlongAxis } from './scatter-add-along-axis.ts';
import { slice } from './slice.ts';
import { takeAlongAxis } from './take-along-axis.ts';
import { window } from './window.ts';
import { windowSum } from './window-sum.ts';
import { reduceLargest, reduceMax, reduceMin } from './fold.ts';
import { type ElementwiseDefinition, elementwiseDefinitions } from './elementwise.ts';

/** Every definition of a primitive that is not elementwise: exhaustive, because the type names each one. */
const structural: { readonly [Name in StructuralName]: Definition<PrimitiveParameters[Name]> } = {
  customRule,
  einsum,
  reshape,
  broadcast,
  slice,
  pad,
  concatenate,
  window,
  windowSum,
  reduceMax,
  reduceLargest,
  reduceMin,
  cumulativeSum,
  argSort,
  gather,
  scatterAdd,
  takeAlongAxis,
  scatterAddAlongAxis,
  constant,
  iota,
  randomBits,
};

const isStructural = (name: PrimitiveName): name is StructuralName => name in structural;

/** What a primitive computes, and where that is checked. */
export const definitionOf = (name: PrimitiveName): Definition =>
  isStructural(name) ? structural[name] : elementwiseDefinition(name, elementwiseDefinitions[name]);

function elementwiseDefinition<Name extends ElementwiseName>(
  name: Name,
  definition: ElementwiseDefinition<PrimitiveParameters[Name]>,
): Definition<PrimitiveParameters[Name]> {
  return {
    reference(inputs, parameters, output) {
      const result = new Float64Array(inputs[0].values.length);
      for (let i = 0; i < result.length; i++) {
        const value = definition.scalar(
          inputs.map((input) => input.values[i]),
          inputs[0].dtype,
          parameters,
        );
        result[i] = output.dtype === 'bool' ? Number(value !== 0) : value;
      }
      return result;
    },
    examples: exampleCalls(name, definition),
  };
}

/** The examples in every type of the input that accepts most; inputs that do not accept it have a type of their own. */
function exampleCalls<Name extends ElementwiseName>(
  name: Name,
  { examples, exampleParameters = [{} as PrimitiveParameters[Name]] }: ElementwiseDefinition<PrimitiveParameters[Name]>,
): Example<PrimitiveParameters[Name]>[] {
  const { accepts } = elementwiseRules[name];
  const widest = accepts.reduce((most, types) => (types.length > most.length ? types : most));
  const typeLists = widest.map((type) => accepts.map((types) => (types.includes(type) ? type : types[0])));
  return exampleParameters.flatMap((parameters) =>
    typeLists.flatMap((types) =>
      examples.map((example) => ({
        ...example,
        parameters,
        inputs: types.map((dtype) => ({ shape: [2, 3], dtype })),
      })),
    ),
  );
}
