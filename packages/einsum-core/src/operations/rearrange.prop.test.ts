import { assertClose, describeOnBackends, property } from '@einlab/testkit';
import fc from 'fast-check';
import { expect } from 'vitest';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { einsum } from './einsum.ts';
import { type Reduction, rearrange, reduce, repeat } from './rearrange.ts';

/** Axes with sizes, in an order, with a choice of which neighbors are merged. */
interface Side {
  readonly names: readonly string[];
  readonly merges: readonly boolean[];
}

interface Case {
  readonly sizes: Readonly<Record<string, number>>;
  readonly input: Side;
  readonly output: Side;
}

const NAMES = ['batch', 'head', 'time', 'dim', 'row'];

/** Orders and groupings of the same axes; `units` puts dimensions of size 1 in. */
const someCase: fc.Arbitrary<Case> = fc.integer({ min: 1, max: NAMES.length }).chain((count) => {
  const names = NAMES.slice(0, count);
  const side = fc.record({
    names: fc.shuffledSubarray(names, { minLength: count }),
    merges: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: count, maxLength: count });
  return fc.record({
    sizes: sizes.map((list) => Object.fromEntries(list.map((size, i) => [names[i], size]))),
    input: side,
    output: side,
  });
});

/** `(batch head) 1 time`: a name is merged with the one before where `merges` says so. */
function groupsOf({ names, merges }: Side): string[][] {
  const groups: string[][] = [];
  names.forEach((name, i) => {
    if (i > 0 && merges[i]) groups[groups.length - 1].push(name);
    else groups.push([name]);
  });
  return groups;
}
const textOf = (side: Side): string =>
  groupsOf(side)
    .map((group) => (group.length === 1 ? group[0] : `(${group.join(' ')})`))
    .join(' ');
const shapeOf = (side: Side, sizes: Case['sizes']): number[] =>
  groupsOf(side).map((group) => group.reduce((size, name) => size * sizes[name], 1));

/** Row-major place of an assignment of coordinates. */
const placeOf = (names: readonly string[], sizes: Case['sizes'], at: Readonly<Record<string, number>>): number =>
  names.reduce((place, name) => place * sizes[name] + at[name], 0);

/** Every assignment of coordinates to axes. */
function everywhere(names: readonly string[], sizes: Case['sizes'], visit: (at: Record<string, number>) => void): void {
  const walk = (depth: number, at: Record<string, number>): void => {
    if (depth === names.length) return visit(at);
    for (let i = 0; i < sizes[names[depth]]; i++) walk(depth + 1, { ...at, [names[depth]]: i });
  };
  walk(0, {});
}

const productOf = (names: readonly string[], sizes: Case['sizes']): number =>
  names.reduce((size, name) => size * sizes[name], 1);

/** Different values, none of them 0. */
const counting = (side: Side, sizes: Case['sizes']): Tensor =>
  tensor(
    Float32Array.from({ length: productOf(side.names, sizes) }, (_, i) => 1 + (i % 7) / 4 + i / 8),
    { shape: shapeOf(side, sizes) },
  );

const folds: Readonly<Record<string, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
  prod: (a, b) => a * b,
};

describeOnBackends('rearrange, reduce and repeat', (backend) => {
  useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';

  property(
    'rearrange moves every element where the loops say, and back by the reversed pattern',
    someCase,
    async (c) => {
      const { sizes, input, output } = c;
      const x = counting(input, sizes);
      const y = rearrange(`${textOf(input)} -> ${textOf(output)}`, x, sizes);
      expect(y.shape).toEqual(shapeOf(output, sizes));
      const values = await x.data();
      const expected = new Array<number>(x.size);
      everywhere(input.names, sizes, (at) => {
        expected[placeOf(output.names, sizes, at)] = values[placeOf(input.names, sizes, at)];
      });
      expect([...(await y.data())]).toEqual(expected);
      const back = rearrange(`${textOf(output)} -> ${textOf(input)}`, y, sizes);
      expect(back.shape).toEqual(x.shape);
      expect([...(await back.data())]).toEqual([...values]);
    },
  );

  property(
    'reduce folds the axes that the output lacks, and its sum is the einsum',
    fc.record({ c: someCase, kept: fc.nat(), how: fc.constantFrom('sum', 'mean', 'max', 'min', 'prod') }),
    async ({ c: { sizes, input, output }, kept, how }) => {
      const side = { names: output.names.slice(0, kept % (output.names.length + 1)), merges: output.merges };
      const x = counting(input, sizes);
      const y = reduce(`${textOf(input)} -> ${textOf(side)}`, x, how as Reduction, sizes);
      expect(y.shape).toEqual(shapeOf(side, sizes));
      const values = await x.data();
      const terms = x.size / y.size;
      const expected = new Array<number>(y.size);
      everywhere(input.names, sizes, (at) => {
        const to = placeOf(side.names, sizes, at);
        const value = values[placeOf(input.names, sizes, at)];
        expected[to] = expected[to] === undefined ? value : (folds[how] ?? folds['sum'])(expected[to], value);
      });
      const mean = expected.map((total) => total / terms);
      assertClose(await y.data(), how === 'mean' ? mean : expected, { dtype, reductionLength: terms });
      if (how !== 'sum') return;
      const flat = x.reshape(input.names.map((name) => sizes[name]));
      const letters = (names: readonly string[]): string => names.map((name) => name[0]).join('');
      const contracted = einsum(`${letters(input.names)}->${letters(side.names)}`, flat);
      expect([...(await contracted.data())]).toEqual([...(await y.data())]);
    },
  );

  property('repeat puts each element wherever the new axes lead', fc.tuple(someCase, fc.nat()), async ([c, kept]) => {
    const { sizes, input, output } = c;
    const side = { names: input.names.slice(0, kept % (input.names.length + 1)), merges: input.merges };
    const x = counting(side, sizes);
    const y = repeat(`${textOf(side)} -> ${textOf(output)}`, x, sizes);
    expect(y.shape).toEqual(shapeOf(output, sizes));
    const values = await x.data();
    const expected = new Array<number>(y.size);
    everywhere(output.names, sizes, (at) => {
      expected[placeOf(output.names, sizes, at)] = values[placeOf(side.names, sizes, at)];
    });
    expect([...(await y.data())]).toEqual(expected);
  });
});
