import type { ContractionAxis, ContractionKernel } from '../../../kernels/contraction.ts';
import { hasRelaxedSimd } from '../emit/relaxed-simd.ts';
import { createModuleBuilder } from '../emit/module-builder.ts';
import type { BlockLimits } from './schedule-parts.ts';
import { emitContraction } from './emit-contraction.ts';

type Tensor = 'left' | 'right' | 'out';

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
function reach(kernel: ContractionKernel, tensor: Tensor): { low: number; high: number } {
  let [low, high] = [0, 0];
  for (const axis of allAxes(kernel)) {
    const span = axis[tensor] * Math.max(0, axis.size - 1);
    if (span < 0) low += span;
    else high += span;
  }
  return { low, high };
}

/** The definition: nested loops in f64, and the sum of magnitudes beside each value. Keys are out's element offsets. */
function contractByLoops(
  kernel: ContractionKernel,
  left: (at: number) => number,
  right: (at: number) => number,
): Map<number, { value: number; magnitude: number }> {
  const result = new Map<number, { value: number; magnitude: number }>();
  const axes = allAxes(kernel);
  const free = axes.length - kernel.contracted.length;
  const visit = (depth: number, l: number, r: number, o: number): void => {
    if (depth === free && !result.has(o)) result.set(o, { value: 0, magnitude: 0 });
    if (depth === axes.length) {
      const product = left(l) * right(r);
      const entry = result.get(o);
      if (entry === undefined) return;
      entry.value += product;
      entry.magnitude += Math.abs(product);
      return;
    }
    const axis = axes[depth];
    for (let i = 0; i < axis.size; i++) visit(depth + 1, l + i * axis.left, r + i * axis.right, o + i * axis.out);
  };
  visit(0, 0, 0, 0);
  return result;
}

const GUARD = 12345.678;
const OVER_READ = 4;

/**
 * Runs the emitted contraction on pseudo-random operands and says what differs from loops. The operands lie so that
 * memory ends behind the last one by exactly the allowed over-read; all that is not operand is NaN, and out is guarded.
 */
export function contractionMismatches(
  kernel: ContractionKernel,
  options: {
    readonly relaxed: boolean;
    readonly seed?: number;
    readonly limits?: BlockLimits;
    readonly choice?: number;
  },
): string[] {
  if (options.relaxed && !hasRelaxedSimd()) return ['this engine has no relaxed SIMD'];
  const wrong: string[] = [];
  const module = createModuleBuilder();
  const emitted = emitContraction(module, kernel, options);
  module.export('run', emitted.functionIndex);
  const compiled = new WebAssembly.Module(module.finish());
  for (const last of ['left', 'right'] as const) {
    const spans = { left: reach(kernel, 'left'), right: reach(kernel, 'right'), out: reach(kernel, 'out') };
    const length = (tensor: Tensor): number => spans[tensor].high - spans[tensor].low + 1;
    const first = last === 'left' ? 'right' : 'left';
    const scratchWords = Math.ceil(emitted.scratchBytes / 16) * 4;
    const tablesAt = scratchWords + 4;
    const guards = 32;
    const firstAt = tablesAt + emitted.tables.length + 5;
    const outAt = firstAt + length(first) + guards;
    const lastAt = outAt + length('out') + guards;
    const words = lastAt + length(last) + OVER_READ;
    const pages = Math.ceil(words / 16384);
    const shift = pages * 16384 - words; // so that memory ends where the allowed over-read does
    const memory = new WebAssembly.Memory({ initial: pages });
    const f32 = new Float32Array(memory.buffer);
    f32.fill(NaN);
    const base = {
      [first]: firstAt + shift,
      [last]: lastAt + shift,
      out: outAt + shift,
    } as Record<Tensor, number>;
    const aligned = Math.floor(shift / 4) * 4;
    new Int32Array(memory.buffer).set(emitted.tables, tablesAt + aligned);
    f32.fill(7, aligned, aligned + scratchWords);
    f32.fill(GUARD, base.out - guards, base.out + length('out') + guards);
    let state = (options.seed ?? 1) >>> 0;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.fround(state / 2 ** 31 - 1);
    };
    for (const tensor of ['left', 'right'] as const) {
      for (let i = 0; i < length(tensor); i++) f32[base[tensor] + i] = random();
    }
    const start = (tensor: Tensor): number => base[tensor] - spans[tensor].low;
    const instance = new WebAssembly.Instance(compiled, { env: { memory } });
    const run = instance.exports['run'] as (...addresses: number[]) => void;
    const before = f32.slice();
    run(4 * start('left'), 4 * start('right'), 4 * start('out'), 4 * aligned, 4 * (tablesAt + aligned));

    const expected = contractByLoops(
      kernel,
      (at) => before[start('left') + at],
      (at) => before[start('right') + at],
    );
    const terms = kernel.contracted.reduce((product, { size }) => product * size, 1);
    for (let at = base.out - guards; at < base.out + length('out') + guards; at++) {
      const want = expected.get(at - start('out'));
      const got = f32[at];
      if (want === undefined) {
        if (got !== before[at]) wrong.push(`${last} last: guard at ${at - start('out')} became ${got}`);
      } else {
        const tolerance = (terms + 2) * 2 ** -24 * want.magnitude;
        if (!(Math.abs(got - want.value) <= tolerance))
          wrong.push(`${last} last: out[${at - start('out')}] is ${got}, expected ${want.value}`);
      }
    }
    for (let at = scratchWords + aligned; at < f32.length; at++) {
      if (at >= base.out - guards && at < base.out + length('out') + guards) continue;
      if (!Object.is(f32[at], before[at]))
        wrong.push(`${last} last: word ${at - aligned} outside scratch and out was written`);
    }
  }
  return wrong.slice(0, 5);
}
