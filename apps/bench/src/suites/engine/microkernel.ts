import { sample, warmUp } from '../../harness/measure.ts';
import type { Lab } from './lab.ts';

/** Rows and vectors of the tile: 12 sums, 2 vectors of the right panel and a splat fill the 16 vector registers of x86-64. */
const [rows, vectors] = [6, 2];
/** Length of the panels: 6 and 8 KB, which stay in the first-level cache. */
const depth = 256;
const unrolled = 4;
const leftStep = 4 * rows;
const rightStep = 16 * vectors;
const rightPanel = 0x4000;
const tile = 0x8000;

const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(value >> 7)]);
/** A constant of the instruction set is signed: values with the sixth bit set need one group more. */
const i32 = (value: number): number[] => [0x41, ...signed(value)];
const signed = (value: number): number[] => (value < 64 ? [value] : [(value % 128) + 128, ...signed(value >> 7)]);
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const simd = (operation: number): number[] => [0xfd, ...varint(operation)];
const load = (local: number, operation: number, offset: number): number[] => [
  ...get(local),
  ...simd(operation),
  2,
  ...varint(offset),
];
const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));
const section = (id: number, content: readonly number[]): number[] => [id, ...varint(content.length), ...content];

const operations = {
  load: 0,
  loadSplat: 9,
  store: 11,
  constant: 12,
  add: 228,
  multiply: 230,
  relaxedMadd: 261,
} as const;

/** Local variables: turns to go, offsets into the panels, then vectors. */
const [turns, left, right, splat] = [0, 1, 2, 3];
const rightVector = (v: number): number => 4 + v;
const sum = (r: number, v: number): number => 4 + vectors + r * vectors + v;
const indices = (count: number): number[] => [...Array(count).keys()];

function multiplyAdd(r: number, v: number, isRelaxed: boolean): number[] {
  const operands = [...get(splat), ...get(rightVector(v))];
  const body = isRelaxed
    ? [...operands, ...get(sum(r, v)), ...simd(operations.relaxedMadd)]
    : [...operands, ...simd(operations.multiply), ...get(sum(r, v)), ...simd(operations.add)];
  return [...body, ...set(sum(r, v))];
}

function step(u: number, isRelaxed: boolean): number[] {
  return [
    ...indices(vectors).flatMap((v) => [
      ...load(right, operations.load, rightPanel + u * rightStep + 16 * v),
      ...set(rightVector(v)),
    ]),
    ...indices(rows).flatMap((r) => [
      ...load(left, operations.loadSplat, u * leftStep + 4 * r),
      ...set(splat),
      ...indices(vectors).flatMap((v) => multiplyAdd(r, v, isRelaxed)),
    ]),
  ];
}

const advance = (local: number, by: number): number[] => [...get(local), ...i32(by), 0x6a, ...set(local)];

/**
 * `run(turns)` makes a tile of sums over the whole depth, as often as asked for, in the exported `memory`: the left panel
 * `f32[256, 6]` at 0, the right one `f32[256, 8]` at 0x4000, the tile `f32[6, 8]` at 0x8000.
 *
 * @param isRelaxed - with fused multiply-adds, or with products and sums
 */
export function multiplyAddModule(isRelaxed: boolean): Uint8Array<ArrayBuffer> {
  const sums = indices(rows).flatMap((r) => indices(vectors).map((v) => sum(r, v)));
  const zero = [...simd(operations.constant), ...indices(16).map(() => 0)];
  const body = [
    ...[2, 2, 0x7f, 1 + vectors + sums.length, 0x7b],
    ...[0x03, 0x40, ...i32(0), ...set(left), ...i32(0), ...set(right)],
    ...sums.flatMap((local) => [...zero, ...set(local)]),
    ...[0x03, 0x40, ...indices(unrolled).flatMap((u) => step(u, isRelaxed))],
    ...[...advance(left, unrolled * leftStep), ...advance(right, unrolled * rightStep)],
    ...[...get(right), ...i32(depth * rightStep), 0x49, 0x0d, 0, 0x0b],
    ...sums.flatMap((local, i) => [...i32(0), ...get(local), ...simd(operations.store), 2, ...varint(tile + 16 * i)]),
    ...[...get(turns), ...i32(1), 0x6b, 0x22, turns, 0x0d, 0, 0x0b, 0x0b],
  ];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, 3, ...ascii('run'), 0, 0, 6, ...ascii('memory'), 2, 0]),
    ...section(10, [1, ...varint(body.length), ...body]),
  ]);
}

/** Floating-point operations of one turn. */
const flopsPerTurn = 2 * depth * rows * 4 * vectors;
const turnsPerCall = 400;

/**
 * GF/s of the multiply-adds of a 6×8 tile on panels that stay in the first-level cache, on one thread: what the
 * machine gives to 128-bit vectors when nothing has to be packed or fetched.
 */
export async function microkernelRate({ turns: { clock, passes } }: Pick<Lab, 'turns'>): Promise<number> {
  const relaxed = multiplyAddModule(true);
  const bytes = WebAssembly.validate(relaxed) ? relaxed : multiplyAddModule(false);
  const { instance } = await WebAssembly.instantiate(bytes);
  const run = instance.exports['run'];
  if (typeof run !== 'function') throw new Error('the module of multiply-adds exports no function');
  const prepared = {
    contractions: turnsPerCall,
    run: () => void run(turnsPerCall),
    read: async () => new Float32Array(0),
    dispose() {},
  };
  await warmUp(prepared, { clock, warmUpMilliseconds: 60, sampleMilliseconds: 4 });
  let shortest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 6 * passes; i++) shortest = Math.min(shortest, await sample(prepared, 1, clock));
  return flopsPerTurn / shortest / 1e6;
}
