import { awkwardFloat32, property } from '@einlab/testkit';
import fc from 'fast-check';
import { expect } from 'vitest';
import '../../../index.ts';
import { opened, openDevice } from '../../../device/device.ts';
import { evaluateTensors, readTensor } from '../../../device/evaluate.ts';
import { max, min } from '../../../operations/reductions.ts';
import { tensor } from '../../../tensor/create.ts';

const few = fc.constantFrom(0, -0, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -1, 1);
const signless = fc.constantFrom(0, -0, -0, -0);

for (const [name, fold, exact] of [
  ['max', max, Math.max],
  ['min', min, Math.min],
] as const) {
  property(
    `${name} of f32 is Math.${name}, with its zeros, infinities and NaN, in rows of any length`,
    fc.array(fc.oneof(awkwardFloat32(), few, signless), { minLength: 1, maxLength: 80 }).chain((values) =>
      fc.constantFrom(
        values,
        values.map((value) => (value === 0 ? value : -0)),
        values.map(Math.abs),
      ),
    ),
    async (values) => {
      const row = Float32Array.from(values);
      const [result] = await evaluateTensors([fold(tensor(row))], opened(await openDevice('wasm')));
      const [got] = await readTensor(result);
      expect(got).toBe(exact(...row));
    },
  );
}
