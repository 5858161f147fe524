import { definitionOf } from '../primitives/definitions/index.ts';
import { elementwiseNames, structuralPrimitives } from '../primitives/index.ts';
import { loweringOf } from '../primitives/lowerings/index.ts';
import { type SpecialName, specialLowerings } from '../primitives/lowerings/special.ts';
import { primitiveNamed } from '../tensor/apply.ts';
import type { PrimitiveName, PrimitiveParameters } from '../tensor/parameters.ts';
import type { DefinedPrimitive, Lowering } from '../tensor/primitive.ts';

type DefinedPrimitives = { readonly [Name in PrimitiveName]: DefinedPrimitive<PrimitiveParameters[Name]> };

const names = [...elementwiseNames, ...Object.keys(structuralPrimitives)] as PrimitiveName[];

const isSpecial = (name: PrimitiveName): name is SpecialName => name in specialLowerings;
const lowering = (name: PrimitiveName): Lowering => (isSpecial(name) ? specialLowerings[name] : loweringOf(name));

/** Every primitive of the engine with what it computes and how: what the laws run over. */
export const primitives: DefinedPrimitives = Object.fromEntries(
  names.map((name) => [name, { ...primitiveNamed(name), ...definitionOf(name), lowering: lowering(name) }]),
) as unknown as DefinedPrimitives;
