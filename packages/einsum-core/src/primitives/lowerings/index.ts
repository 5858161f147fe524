import { expression } from '../../kernels/expression.ts';
import type { ElementwiseName, PrimitiveName } from '../../tensor/parameters.ts';
import type { Lowering } from '../../tensor/primitive.ts';
import { elementwiseRules } from '../elementwise-rules.ts';
import type { OperandName, OwnName } from './elementwise.ts';
import type * as Special from './special.ts';
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

let special: typeof Special | undefined;

const isElementwise = (name: PrimitiveName): name is ElementwiseName => name in elementwiseRules;
const isOwn = (name: PrimitiveName): name is OwnName => ownNames.has(name);
const isSpecial = (name: PrimitiveName): name is Special.SpecialName =>
  !(isElementwise(name) || name in structuralLowerings);

/** Loads the lowerings of these primitives, as far as they are not always there; to be awaited before `loweringOf`. */
export async function loadLowerings(names: readonly PrimitiveName[]): Promise<void> {
  if (names.some((name) => isSpecial(name) || isOwn(name))) special ??= await import('./special.ts');
}

/** How a primitive becomes kernels. */
export function loweringOf(name: PrimitiveName): Lowering {
  if (isOwn(name)) {
    const compute = loaded(name).ownExpressions[name];
    // A call has the parameters of its primitive, which a function over all names cannot say.
    return { kind: 'elementwise', expression: (inputs, parameters) => compute(inputs, parameters as never) };
  }
  if (isElementwise(name)) {
    return {
      kind: 'elementwise',
      expression: (inputs, _parameters, { dtype }) =>
        operandNames.has(name)
          ? inputs[0]
          : expression(name as Exclude<typeof name, OwnName | OperandName>, dtype, ...inputs),
    };
  }
  return isSpecial(name) ? loaded(name).specialLowerings[name] : structuralLowerings[name];
}

function loaded(name: PrimitiveName): typeof Special {
  if (special === undefined) throw new RangeError(`${name}: loadLowerings comes first`);
  return special;
}
