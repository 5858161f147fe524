import { type Device, opened } from '../device/device.ts';
import { evaluateTensors } from '../device/evaluate.ts';
import { multiply } from '../operations/elementwise.ts';
import type { DeviceKind } from '../program/backend.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { assertHolds, type Law } from './law.ts';
import { sharedDevice } from './shared-device.ts';

type Check = (device: Device) => Promise<void>;

const keep = (device: Device, tensors: readonly Tensor[]): Promise<Tensor[]> =>
  evaluateTensors(tensors, opened(device));

const text = (values: ArrayLike<number>): string => Array.from(values, String).join(', ');

function assertSame(got: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assertHolds(text(got) === text(expected), () => `${what}: got [${text(got)}], expected [${text(expected)}]`);
}

/** Multiples of ¼, which f32 holds exactly. */
const ramp = (length: number): Float64Array => Float64Array.from({ length }, (_, i) => i / 4 - 3);

const readsBack: Check = async (device) => {
  for (const length of [0, 1, 3, 4, 5, 17, 1000]) {
    const floats = tensor(ramp(length));
    const signed = tensor(Int32Array.from({ length }, (_, i) => (i % 2 === 0 ? -i : 2 ** 31 - 1 - i)));
    const unsigned = tensor(Uint32Array.from({ length }, (_, i) => 2 ** 32 - 1 - i));
    const truths = tensor(
      Array.from({ length }, (_, i) => i % 3),
      { dtype: 'bool' },
    );
    const halves = tensor(ramp(length), { dtype: 'f16' }); // from −3 in steps of ¼, exact to 512
    const kept = await keep(device, [floats, signed, unsigned, truths, halves]);
    const read = await Promise.all(kept.map((one) => one.data()));
    assertSame(read[0], ramp(length), `f32[${length}]`);
    assertSame(read[1], await signed.data(), `i32[${length}]`);
    assertSame(read[2], await unsigned.data(), `u32[${length}]`);
    assertSame(
      read[3],
      Array.from({ length }, (_, i) => (i % 3 === 0 ? 0 : 1)),
      `bool[${length}]`,
    );
    assertSame(read[4], ramp(length), `f16[${length}]`);
    for (const one of kept) one.dispose();
  }
};

const readingCopies: Check = async (device) => {
  const [kept] = await keep(device, [tensor([1, 2, 3])]);
  (await kept.data()).fill(9);
  assertSame(await kept.data(), [1, 2, 3], 'a kept tensor after what was read from it was changed');
  kept.dispose();
};

const inputsStay: Check = async (device) => {
  const [x] = await keep(device, [tensor(ramp(37))]);
  const results = await keep(device, [x, x, multiply(x, 2), multiply(x, x)]);
  assertSame(await x.data(), ramp(37), 'the input after a run');
  assertSame(await results[0].data(), ramp(37), 'an output that is an input');
  results[0].dispose();
  assertSame(await x.data(), ramp(37), 'the input after an output equal to it was disposed of');
  assertSame(await results[1].data(), ramp(37), 'the other output after one was disposed of');
  assertSame(
    await results[2].data(),
    ramp(37).map((value) => 2 * value),
    'twice the input',
  );
  for (const one of [x, ...results.slice(1)]) one.dispose();
};

const repeats: Check = async (device) => {
  const compute = async (): Promise<ArrayLike<number>> => {
    const x = tensor(ramp(129)).multiply(0.3);
    const [kept] = await keep(device, [x.tanh().multiply(x.exp()).sum().add(x.square().mean())]);
    const read = await kept.data();
    kept.dispose();
    return read;
  };
  const first = await compute();
  // Something else in between, over the same memory.
  for (const one of await keep(device, [tensor(ramp(500)).exp(), tensor(ramp(3)).sum()])) one.dispose();
  assertSame(await compute(), first, 'the same computation, again');
};

const memoryReturns: Check = async (device) => {
  const before = device.memory().live;
  const kept = await keep(device, [tensor(ramp(256)).exp(), tensor(ramp(64))]);
  const held = device.memory().live - before;
  assertHolds(
    held >= 4 * (256 + 64),
    () => `two kept tensors of 320 elements hold ${held} bytes; expected at least 1280`,
  );
  assertHolds(device.memory().peak >= device.memory().live, () => 'the peak is below what is held now');
  for (const one of kept) one.dispose();
  for (const one of kept) one.dispose();
  const after = device.memory().live;
  assertHolds(
    after === before,
    () => `live bytes were ${before} before, and are ${after} after everything was disposed of (twice)`,
  );
};

const reusesMemory: Check = async (device) => {
  const results: Tensor[] = [];
  for (let round = 0; round < 3; round++) {
    const made = await keep(device, [tensor(ramp(100 + round)).add(round), tensor(ramp(10)).multiply(round)]);
    results.push(...made);
    // Every other one goes back, so that later results lie in memory that was used before.
    results.shift()?.dispose();
  }
  assertSame(
    await results[results.length - 1].data(),
    ramp(10).map((value) => value * 2),
    'the last result',
  );
  assertSame(
    await results[results.length - 2].data(),
    ramp(102).map((value) => value + 2),
    'the one before it',
  );
  for (const one of results) one.dispose();
};

const laws: readonly (readonly [name: string, check: Check])[] = [
  ['what was uploaded is read back, of every type, at sizes 0, 1 and odd ones', readsBack],
  ['what is read is a copy', readingCopies],
  ['inputs stay as they are, and each output owns its memory', inputsStay],
  ['the same computation gives the same bits, whatever ran in between', repeats],
  ['live bytes are as before once everything was disposed of, and disposing twice is harmless', memoryReturns],
  ['results are right in memory that was used before', reusesMemory],
];

/** The laws of a backend's memory: reading, ownership, reuse and release. */
export function bufferLaws(backend: DeviceKind): Law[] {
  return laws.map(([name, check]) => ({ name, run: async () => check(await sharedDevice(backend)) }));
}
