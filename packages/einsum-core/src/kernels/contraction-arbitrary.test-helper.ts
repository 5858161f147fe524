import fc from 'fast-check';
import type { ContractionAxis, ContractionKernel } from './contraction.ts';

type Group = 'batch' | 'rows' | 'columns' | 'contracted';
const GROUPS = ['batch', 'rows', 'columns', 'contracted'] as const;
const TENSORS = ['left', 'right', 'out'] as const;
const HELD: Readonly<Record<Group, readonly (typeof TENSORS)[number][]>> = {
  batch: ['left', 'right', 'out'],
  rows: ['left', 'out'],
  columns: ['right', 'out'],
  contracted: ['left', 'right'],
};

interface AxisChoice {
  readonly group: Group;
  readonly size: number;
  /** Where the axis stands in each tensor's layout: larger is further in. */
  readonly place: readonly [number, number, number];
  /** Elements left free after the axis in each tensor. */
  readonly gap: readonly [number, number, number];
  readonly isReversed: readonly [boolean, boolean, boolean];
  readonly isRepeated: readonly [boolean, boolean];
}

const size = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 17) },
  { weight: 1, arbitrary: fc.constantFrom(23, 25, 31, 32, 33, 48, 49, 64, 70) },
);
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const axis: fc.Arbitrary<AxisChoice> = fc.record({
  group: fc.constantFrom(...GROUPS),
  size,
  place: fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)),
  gap: fc.tuple(
    ...([0, 1, 2].map(() => rarely.map((yes) => (yes ? 3 : 0))) as [
      fc.Arbitrary<number>,
      fc.Arbitrary<number>,
      fc.Arbitrary<number>,
    ]),
  ),
  isReversed: fc.tuple(rarely, rarely, rarely),
  isRepeated: fc.tuple(rarely, rarely),
});

/** Lays the chosen axes out in the three tensors. */
function toKernel(choices: readonly AxisChoice[]): ContractionKernel {
  const axes = choices.map(({ size }) => ({ size, left: 0, right: 0, out: 0 }));
  TENSORS.forEach((tensor, t) => {
    const order = choices
      .map((choice, index) => ({ choice, index }))
      .filter(({ choice }) => HELD[choice.group].includes(tensor))
      .filter(({ choice }) => t === 2 || !choice.isRepeated[t])
      .sort((a, b) => b.choice.place[t] - a.choice.place[t]);
    let stride = 1;
    for (const { choice, index } of order) {
      axes[index][tensor] = choice.isReversed[t] ? -stride : stride;
      stride = stride * choice.size + choice.gap[t];
    }
  });
  const group = (name: Group): ContractionAxis[] => axes.filter((_, index) => choices[index].group === name);
  return {
    kind: 'contraction',
    batch: group('batch'),
    rows: group('rows'),
    columns: group('columns'),
    contracted: group('contracted'),
  };
}

/** Few enough multiplications for the loops, and never more than 4 000 outputs. */
const isSmall = (kernel: ContractionKernel): boolean => {
  const product = (axes: readonly ContractionAxis[]): number => axes.reduce((n, { size }) => n * size, 1);
  const outputs = product(kernel.batch) * product(kernel.rows) * product(kernel.columns);
  return outputs <= 4000 && outputs * product(kernel.contracted) <= 60_000;
};

/** Contractions of up to seven axes in any layout: gaps, repeated and reversed axes, size 1. */
export const contractions: fc.Arbitrary<ContractionKernel> = fc
  .array(axis, { minLength: 0, maxLength: 7 })
  .map(toKernel)
  .filter(isSmall);
