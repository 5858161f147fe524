import { describe, expect, it } from 'vitest';
import { primitives } from './defined-primitives.ts';
import type { DefinedPrimitive } from '../tensor/primitive.ts';
import { isEmptyExample, lawExamples } from './law-examples.ts';

const table: readonly DefinedPrimitive[] = Object.values(primitives);
const typesOf = (primitive: DefinedPrimitive): string[] => [
  ...new Set(lawExamples(primitive).map(({ inputs }) => inputs.map(({ dtype }) => dtype).join())),
];

describe('lawExamples', () => {
  it('hold one without elements for every primitive that is not a scalar', () => {
    const lacking = table.filter(
      (primitive) => !lawExamples(primitive).some((each) => isEmptyExample(primitive, each)),
    );
    expect(lacking.map(({ name }) => name)).toEqual(['constant']);
  });

  it('hold every element type that moving or choosing accepts', () => {
    for (const primitive of [primitives.reshape, primitives.slice, primitives.pad, primitives.window])
      expect(typesOf(primitive).sort()).toEqual(['bool', 'f32', 'i32', 'u32']);
    expect(typesOf(primitives.gather).sort()).toEqual(['bool,i32', 'f32,i32', 'i32,i32', 'u32,i32']);
    expect(typesOf(primitives.scatterAdd).sort()).toEqual(['i32,f32', 'i32,i32', 'i32,u32']);
    expect(typesOf(primitives.select).sort()).toEqual([
      'bool,bf16,bf16',
      'bool,bool,bool',
      'bool,f16,f16',
      'bool,f32,f32',
      'bool,i32,i32',
      'bool,u32,u32',
    ]);
    expect(typesOf(primitives.add).sort()).toEqual(['f32,f32', 'i32,i32', 'u32,u32']);
  });
});
