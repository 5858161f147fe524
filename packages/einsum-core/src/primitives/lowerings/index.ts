import type { PrimitiveName, StructuralName } from '../../tensor/parameters.ts';
import type { Lowering } from '../../tensor/primitive.ts';
import { elementwiseExpression } from './elementwise.ts';
import { structuralLowerings } from './structural.ts';

const isStructural = (name: PrimitiveName): name is StructuralName => name in structuralLowerings;

/** How a primitive becomes kernels. */
export function loweringOf(name: PrimitiveName): Lowering {
  if (isStructural(name)) return structuralLowerings[name];
  return {
    kind: 'elementwise',
    expression: (inputs, parameters, output) => elementwiseExpression(name, inputs, parameters, output),
  };
}
