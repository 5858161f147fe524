import { expression } from '../../kernels/expression.ts';
import type { ElementwiseName, PrimitiveName } from '../../tensor/parameters.ts';
import type { Lowering } from '../../tensor/primitive.ts';
import { elementwiseRules } from '../elementwise-rules.ts';
import type { OperandName, OwnName } from './own.ts';
import type { SpecialName, specialLowerings } from './special.ts';
import { structuralLowerings } from './structural.ts';

const operandNames: ReadonlySet<string> = new Set<OperandName>(['stopGradient', 'identity', 'barrier']);
const ownNames: ReadonlySet<string> = new Set<OwnName>([
  'sign',
  'logicalAnd',
  'logicalOr',
  'logicalNot',
  'isNaN',
  'cast',
  'shiftRight',
]);

let special: typeof specialLowerings | undefined;

const isElementwise = (name: PrimitiveName): name is ElementwiseName => name in elementwiseRules;
const isSpecial = (name: PrimitiveName): name is SpecialName =>
  ownNames.has(name) || !(isElementwise(name) || name in structuralLowerings);

/** Loads the lowerings of these primitives, as far as they are not always there; to be awaited before `loweringOf`. */
export async function loadLowerings(names: readonly PrimitiveName[]): Promise<void> {
  if (names.some(isSpecial)) special ??= (await import('./special.ts')).specialLowerings;
}

/** How a primitive becomes kernels. */
export function loweringOf(name: PrimitiveName): Lowering {
  if (isSpecial(name)) {
    if (special === undefined) throw new RangeError(`${name}: loadLowerings comes first`);
    return special[name];
  }
  if (!isElementwise(name)) return structuralLowerings[name];
  return {
    kind: 'elementwise',
    expression: (inputs, _parameters, { dtype }) =>
      operandNames.has(name) ? inputs[0] : expression(name as Exclude<typeof name, OperandName>, dtype, ...inputs),
  };
}
