import { awkwardFloat32Values, property } from '@einlab/testkit';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { DType, TypedArray } from '../../../base/dtype.ts';
import {
  constant,
  type Expression,
  expression,
  indexAlong,
  load,
  type MachineOp,
} from '../../../kernels/expression.ts';
import { compileElementwise } from '../../../testing/evaluate-expression.ts';
import { interpretMachine } from '../../../testing/machine-interpreter.ts';

const LEAVES: readonly Expression[] = [
  load(0, 'f32'),
  load(1, 'i32'),
  load(2, 'u32'),
  load(3, 'bool'),
  indexAlong(0),
  constant(-0),
  constant(1.5),
  constant(-3, 'i32'),
  constant(0xfffffff0, 'u32'),
  constant(1, 'bool'),
];

/** Operations by the types of their inputs and result. The bits of a NaN differ between machines, so none are read. */
const SIGNATURES: readonly (readonly [MachineOp, DType, ...DType[]])[] = [
  ...(['f32', 'i32', 'u32'] as const).flatMap((type) =>
    (['add', 'subtract', 'multiply', 'minimum', 'maximum'] as const).map((op) => [op, type, type, type] as const),
  ),
  ...(['f32', 'i32', 'u32', 'bool'] as const).flatMap((type) =>
    (['less', 'greater', 'equal', 'lessEqual'] as const).map((op) => [op, 'bool', type, type] as const),
  ),
  ...(['f32', 'i32', 'u32', 'bool'] as const).map((type) => ['select', type, 'bool', type, type] as const),
  ...(['i32', 'u32', 'bool'] as const).flatMap((type) => [
    ['xor', type, type, type] as const,
    ['not', type, type] as const,
  ]),
  ...(['f32', 'i32', 'u32', 'bool'] as const).flatMap((type) => [
    ['toFloat', 'f32', type] as const,
    ['toInt', 'i32', type] as const,
    ['toUint', 'u32', type] as const,
    ['toBool', 'bool', type] as const,
  ]),
  ['fma', 'f32', 'f32', 'f32', 'f32'],
  ['negate', 'f32', 'f32'],
  ['divide', 'f32', 'f32', 'f32'],
  ['round', 'f32', 'f32'],
  ['bitsToFloat', 'f32', 'i32'],
];

type Step = readonly [operation: number, inputs: readonly [number, number, number]];

/** A graph that grows one node at a time from any earlier ones, so that sharing is common. */
const graph: fc.Arbitrary<Expression> = fc
  .array(fc.tuple(fc.nat(), fc.tuple(fc.nat(), fc.nat(), fc.nat())), { minLength: 1, maxLength: 40 })
  .map((steps: readonly Step[]) => {
    const nodes = [...LEAVES];
    for (const [operation, choices] of steps) {
      const [op, result, ...types] = SIGNATURES[operation % SIGNATURES.length];
      const inputs = types.map((type, i) => {
        const fitting = nodes.filter((node) => node.type === type);
        // Recent nodes are chosen more often, so that graphs become deep.
        return fitting[fitting.length - 1 - ((choices[i] % fitting.length) ** 2 % fitting.length)];
      });
      nodes.push(expression(op, result, ...inputs));
    }
    return nodes[nodes.length - 1];
  });

const COUNT = 23;
const INPUTS: readonly TypedArray[] = [
  Float32Array.from(awkwardFloat32Values),
  Int32Array.from({ length: COUNT }, (_, i) => Math.imul(i - 11, 0x0d15ea5e) >> (i % 32)),
  Uint32Array.from({ length: COUNT }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> (i % 32)),
  Uint32Array.from({ length: COUNT }, (_, i) => i & 1),
];

property(
  'emitExpressions(graph) equals the interpreter bit for bit, with constants hoisted or inline',
  graph,
  (root) => {
    const expected = Array.from({ length: COUNT }, (_, i) =>
      interpretMachine(
        root,
        INPUTS.map((input) => input[i]),
        i,
      ),
    );
    for (const hoist of [true, false]) {
      const got = compileElementwise(root, { relaxed: false, hoist })(...INPUTS);
      expect([...got]).toStrictEqual(expected);
    }
  },
  { runs: 500 },
);
