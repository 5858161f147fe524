import { lowerMath } from '../kernels/math/lower-math.ts';
import { flushedBelow } from '../kernels/math/stated-errors.ts';
import { expression, load, type MathOp } from '../kernels/expression.ts';
import { compileElementwise, type ElementwiseFunction } from './evaluate-expression.ts';
import { exactErf } from './exact-erf.ts';
import { ulpError } from './ulps.ts';

export type UnaryOp = Exclude<MathOp, 'power'>;

/** A function, the range in which it is neither constant nor linear, and points where its code changes course. */
export interface Subject {
  readonly exact: (x: number) => number;
  readonly range: readonly [number, number];
  readonly hardPoints: readonly number[];
  /** The error is stated up to here. */
  readonly limit?: number;
}

const HALF_LN2 = Math.LN2 / 2;
export const SUBJECTS: Readonly<Record<UnaryOp, Subject>> = {
  exp: { exact: Math.exp, range: [-90, 90], hardPoints: [HALF_LN2, -HALF_LN2, -86.99, -87.34, 88.722839, 89] },
  expm1: {
    exact: Math.expm1,
    range: [-20, 20],
    hardPoints: [HALF_LN2, -HALF_LN2, 2 ** -25, -17.33, -18.04, 88.722839],
  },
  log: { exact: Math.log, range: [0, 4], hardPoints: [Math.SQRT1_2, 1, Math.SQRT2, 2 ** -126] },
  log1p: { exact: Math.log1p, range: [-1, 4], hardPoints: [Math.SQRT1_2 - 1, Math.SQRT2 - 1, 2 ** -24, -1, 2 ** 24] },
  tanh: { exact: Math.tanh, range: [-10, 10], hardPoints: [HALF_LN2 / 2, 9.01, 9.02, -9.02, 2 ** -12] },
  sigmoid: { exact: (x) => 1 / (1 + Math.exp(-x)), range: [-90, 30], hardPoints: [-88.72, -87, 17, HALF_LN2] },
  erf: { exact: exactErf, range: [-4, 4], hardPoints: [3.92, 3.93, -3.93, 0.5] },
  sin: {
    exact: Math.sin,
    range: [-1e4, 1e4],
    hardPoints: [Math.PI / 4, Math.PI, 161 * (Math.PI / 2), 1e4],
    limit: 1e4,
  },
  cos: {
    exact: Math.cos,
    range: [-1e4, 1e4],
    hardPoints: [Math.PI / 4, Math.PI / 2, 161 * (Math.PI / 2), 1e4],
    limit: 1e4,
  },
  reciprocalSqrt: { exact: (x) => 1 / Math.sqrt(x), range: [0, 4], hardPoints: [1, 2, 4, 2 ** -126] },
};
export const UNARY_OPS = Object.keys(SUBJECTS) as UnaryOp[];
export const MODES = [true, false] as const;

export const compileUnary = (op: UnaryOp, relaxed: boolean): ElementwiseFunction =>
  compileElementwise(lowerMath(expression(op, 'f32', load(0, 'f32'))), { relaxed });
export const compilePower = (relaxed: boolean): ElementwiseFunction =>
  compileElementwise(lowerMath(expression('power', 'f32', load(0, 'f32'), load(1, 'f32'))), { relaxed });

const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** The i-th point of a sequence that fills [low, high] evenly. */
export const spread = (i: number, low: number, high: number): number => low + (high - low) * ((i * GOLDEN) % 1);

/** 2^16 bit patterns over all of f32, 2^16 numbers over the range, and 2^12 neighbors of each hard point. */
export function samples({ range, hardPoints, limit = Infinity }: Subject): Float32Array {
  const patterns = Uint32Array.from({ length: 65536 }, (_, i) => (i << 16) | (Math.imul(i, 0x9e3779b1) >>> 16));
  const everywhere = new Float32Array(patterns.buffer);
  const inRange = Float32Array.from({ length: 65536 }, (_, i) => spread(i, ...range));
  const around = hardPoints.flatMap((point) => {
    const [center] = new Uint32Array(Float32Array.of(point).buffer);
    return [...new Float32Array(Uint32Array.from({ length: 4096 }, (_, i) => center - 2048 + i).buffer)];
  });
  return Float32Array.from([...everywhere, ...inRange, ...around]).filter((x) => !(Math.abs(x) > limit));
}

/** The largest error over the samples, with where it is; a result flushed to zero as stated counts as right. */
export function worst(results: ArrayLike<number>, exact: (i: number) => number): { ulps: number; at: number } {
  let ulps = 0;
  let at = 0;
  for (let i = 0; i < results.length; i++) {
    const expected = exact(i);
    if (results[i] === 0 && Math.abs(expected) < flushedBelow) continue;
    const error = ulpError(results[i], expected);
    if (error > ulps) [ulps, at] = [error, i];
  }
  return { ulps, at };
}

export function measureUnary(op: UnaryOp, relaxed: boolean): { ulps: number; at: number } {
  const x = samples(SUBJECTS[op]);
  const { ulps, at } = worst(compileUnary(op, relaxed)(x), (i) => SUBJECTS[op].exact(x[i]));
  return { ulps, at: x[at] };
}

/** Bases everywhere, near 1 and within an octave of it, to exponents that leave a normal result. */
function powerSamples(): { x: Float32Array; y: Float32Array } {
  const count = 3 * 65536;
  const x = Float32Array.from({ length: count }, (_, i) => {
    if (i % 3 === 0) return 2 ** spread(i, -126, 128);
    return i % 3 === 1 ? 2 ** spread(i, -1, 1) : 1 + spread(i, -0.5, 0.5) * 2 ** spread(i * i, -16, 0);
  });
  // Results between e^−86.9 and e^88.7: normal numbers that are not flushed.
  const y = x.map((base, i) => spread(7 * i + 3, -86.9, 88.7) / Math.log(base));
  return { x, y };
}

export function measurePower(relaxed: boolean): { ulps: number; at: number } {
  const { x, y } = powerSamples();
  const { ulps, at } = worst(compilePower(relaxed)(x, y), (i) => (Number.isFinite(y[i]) ? x[i] ** y[i] : 1));
  return { ulps, at: x[at] };
}
