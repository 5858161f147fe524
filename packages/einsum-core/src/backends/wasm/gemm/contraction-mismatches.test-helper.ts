import type { ContractionAxis, ContractionKernel } from '../../../kernels/contraction.ts';
import { createModuleBuilder } from '../emit/module-builder.ts';
import { hasRelaxedSimd } from '../emit/relaxed-simd.ts';
import type { Tensor } from './dimension.ts';
import { type EmittedContraction, emitContraction } from './emit-contraction.ts';
import { loadSpecialSchedules } from './load-special-schedules.ts';
import type { BlockLimits } from './schedule-parts.ts';

await loadSpecialSchedules();

/** Groups and row-major strides of a two-operand pattern of single letters, such as `mbk,bkn->mbn`. */
export function groupsOf(pattern: string, sizes: Readonly<Record<string, number>>): ContractionKernel {
  const [operands, out] = pattern.split('->');
  const [left, right] = operands.split(',');
  const strides = (letters: string): Record<string, number> => {
    const result: Record<string, number> = {};
    let stride = 1;
    for (const letter of [...letters].reverse()) {
      result[letter] = stride;
      stride *= sizes[letter];
    }
    return result;
  };
  const [l, r, o] = [strides(left), strides(right), strides(out)];
  const axes = (keep: (letter: string) => boolean): ContractionAxis[] =>
    [...new Set(left + right)]
      .filter(keep)
      .map((name) => ({ size: sizes[name], left: l[name] ?? 0, right: r[name] ?? 0, out: o[name] ?? 0 }));
  const [inLeft, inRight, inOut] = [left, right, out].map((letters) => (name: string) => letters.includes(name));
  return {
    kind: 'contraction',
    batch: axes((name) => inLeft(name) && inRight(name) && inOut(name)),
    rows: axes((name) => inLeft(name) && !inRight(name)),
    columns: axes((name) => !inLeft(name) && inRight(name)),
    contracted: axes((name) => inLeft(name) && inRight(name) && !inOut(name)),
  };
}

const allAxes = (kernel: ContractionKernel): ContractionAxis[] => [
  ...kernel.batch,
  ...kernel.rows,
  ...kernel.columns,
  ...kernel.contracted,
];

/** Lowest and highest element that a tensor's strides reach, relative to its start. */
export function reach(kernel: ContractionKernel, tensor: Tensor): { low: number; high: number } {
  let [low, high] = [0, 0];
  for (const axis of allAxes(kernel)) {
    const span = axis[tensor] * Math.max(0, axis.size - 1);
    if (span < 0) low += span;
    else high += span;
  }
  return { low, high };
}

/** Expected values from out's lowest element on, with the sum of magnitudes of each; NaN where out has no element. */
interface Expected {
  readonly values: Float64Array;
  readonly magnitudes: Float64Array;
}

/** The definition: nested loops in f64. */
export function contractByLoops(kernel: ContractionKernel, left: Float32Array, right: Float32Array): Expected {
  const spans = { left: reach(kernel, 'left'), right: reach(kernel, 'right'), out: reach(kernel, 'out') };
  const length = spans.out.high - spans.out.low + 1;
  const [values, magnitudes] = [new Float64Array(length).fill(NaN), new Float64Array(length)];
  const axes = allAxes(kernel);
  const free = axes.length - kernel.contracted.length;
  const visit = (depth: number, l: number, r: number, o: number): void => {
    if (depth === free && Number.isNaN(values[o])) values[o] = 0;
    if (depth === axes.length) {
      const product = left[l] * right[r];
      values[o] += product;
      magnitudes[o] += Math.abs(product);
      return;
    }
    const axis = axes[depth];
    for (let i = 0; i < axis.size; i++) visit(depth + 1, l + i * axis.left, r + i * axis.right, o + i * axis.out);
  };
  visit(0, -spans.left.low, -spans.right.low, -spans.out.low);
  return { values, magnitudes };
}

/** Pseudo-random numbers in [−1, 1). */
export function randomValues(length: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const GUARD = 12345.678;
const GUARD_WORDS = 32;
/** Words that may be read beyond the end of a buffer. */
const OVER_READ = 4;

/** How to run a contraction: which arithmetic, data, block sizes and schedule. */
export interface MismatchOptions {
  readonly relaxed: boolean;
  readonly seed?: number;
  readonly limits?: BlockLimits;
  readonly choice?: number;
}

/** Where everything lies, in words; memory ends behind the operand `last` by exactly the allowed over-read. */
interface Placement extends Readonly<Record<Tensor, number>> {
  readonly pages: number;
  readonly scratch: number;
  readonly tables: number;
}

function place(
  lengths: Readonly<Record<Tensor, number>>,
  emitted: EmittedContraction,
  last: 'left' | 'right',
): Placement {
  const first = last === 'left' ? 'right' : 'left';
  const scratchWords = Math.ceil(emitted.scratchBytes / 16) * 4;
  const firstAt = scratchWords + 4 + emitted.tables.length + 5;
  const outAt = firstAt + lengths[first] + GUARD_WORDS;
  const lastAt = outAt + lengths.out + GUARD_WORDS;
  const words = lastAt + lengths[last] + OVER_READ;
  const pages = Math.ceil(words / 16384);
  const shift = pages * 16384 - words;
  const scratch = Math.floor(shift / 4) * 4;
  const [left, right] = last === 'left' ? [lastAt, firstAt] : [firstAt, lastAt];
  return {
    pages,
    scratch,
    tables: scratch + scratchWords + 4,
    left: left + shift,
    right: right + shift,
    out: outAt + shift,
  };
}

/**
 * Runs the emitted contraction on pseudo-random operands and says what differs from loops. All memory that is not
 * operand is NaN, and the output is guarded. Run twice, with either operand at the end of memory.
 */
export function contractionMismatches(kernel: ContractionKernel, options: MismatchOptions): string[] {
  if (options.relaxed && !hasRelaxedSimd()) return ['this engine has no relaxed SIMD'];
  const module = createModuleBuilder();
  const emitted = emitContraction(module, kernel, options);
  module.export('run', emitted.functionIndex);
  const compiled = new WebAssembly.Module(module.finish());
  const spans = { left: reach(kernel, 'left'), right: reach(kernel, 'right'), out: reach(kernel, 'out') };
  const lengthOf = ({ low, high }: { low: number; high: number }): number => high - low + 1;
  const lengths = { left: lengthOf(spans.left), right: lengthOf(spans.right), out: lengthOf(spans.out) };
  const left = randomValues(lengths.left, options.seed ?? 1);
  const right = randomValues(lengths.right, (options.seed ?? 1) + 1);
  const expected = contractByLoops(kernel, left, right);
  const terms = kernel.contracted.reduce((product, { size }) => product * size, 1);

  return (['left', 'right'] as const).flatMap((last) => {
    const at = place(lengths, emitted, last);
    const memory = new WebAssembly.Memory({ initial: at.pages });
    const f32 = new Float32Array(memory.buffer);
    f32.fill(NaN);
    new Int32Array(memory.buffer).set(emitted.tables, at.tables);
    f32.fill(GUARD, at.out - GUARD_WORDS, at.out + lengths.out + GUARD_WORDS);
    f32.set(left, at.left);
    f32.set(right, at.right);
    const before = f32.slice();
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
    const run = exports['run'] as (...addresses: number[]) => void;
    const start = (tensor: Tensor): number => 4 * (at[tensor] - spans[tensor].low);
    run(start('left'), start('right'), start('out'), 4 * at.scratch, 4 * at.tables);
    return compare(f32, before, at, emitted.scratchBytes / 4, expected, terms).map((line) => `${last} last: ${line}`);
  });
}

/** Up to five differences: wrong values, and writes where there is neither output nor scratch. */
function compare(
  after: Float32Array,
  before: Float32Array,
  at: Placement,
  scratchWords: number,
  { values, magnitudes }: Expected,
  terms: number,
): string[] {
  const wrong: string[] = [];
  for (let word = 0; word < after.length && wrong.length < 5; word++) {
    const i = word - at.out;
    const got = after[word];
    if (i >= 0 && i < values.length && !Number.isNaN(values[i])) {
      const tolerance = (terms + 2) * 2 ** -24 * magnitudes[i];
      if (!(Math.abs(got - values[i]) <= tolerance)) wrong.push(`out[${i}] is ${got}, expected ${values[i]}`);
    } else if (!Object.is(got, before[word]) && !(word >= at.scratch && word < at.scratch + scratchWords)) {
      wrong.push(`word ${word} was written; out begins at ${at.out}, scratch of ${scratchWords} at ${at.scratch}`);
    }
  }
  return wrong;
}
