import type { ElementwiseName, PrimitiveName } from '../../tensor/parameters.ts';
import type { Lowering } from '../../tensor/primitive.ts';
import { elementwiseRules } from '../elementwise-rules.ts';
import { elementwiseExpression } from './elementwise.ts';
import type { SpecialName, specialLowerings } from './special.ts';
import { structuralLowerings } from './structural.ts';

let special: typeof specialLowerings | undefined;

const isElementwise = (name: PrimitiveName): name is ElementwiseName => name in elementwiseRules;
const isSpecial = (name: PrimitiveName): name is SpecialName => !(isElementwise(name) || name in structuralLowerings);

/** Loads the lowerings of these primitives, as far as they are not always there; to be awaited before `loweringOf`. */
export async function loadLowerings(names: readonly PrimitiveName[]): Promise<void> {
  if (names.some(isSpecial)) special ??= (await import('./special.ts')).specialLowerings;
}

/** How a primitive becomes kernels. */
export function loweringOf(name: PrimitiveName): Lowering {
  if (isElementwise(name)) {
    return {
      kind: 'elementwise',
      expression: (inputs, parameters, output) => elementwiseExpression(name, inputs, parameters, output),
    };
  }
  if (!isSpecial(name)) return structuralLowerings[name];
  if (special === undefined) throw new RangeError(`${name}: loadLowerings comes first`);
  return special[name];
}
