import type { Stage } from '../factored-map.ts';
import { product } from '../product.ts';

/** The largest prime below 2²⁶: products of two residues, and a residue more, are exact in f64. */
const prime = 67_108_859;

/** value mod prime for 0 ≤ value < 2⁵³; the quotient may be rounded past a whole number, by one. */
function reduced(value: number): number {
  const rest = value - Math.floor(value / prime) * prime;
  return rest < 0 ? rest + prime : rest >= prime ? rest - prime : rest;
}

/** Multiply-accumulates that a rank may cost; a few tenths of a second. */
const affordable = 2e8;

/** A chain of einsums between padded sides. */
export interface RankedStages {
  readonly in: number;
  readonly out: number;
  readonly stages: readonly Stage[];
}

/**
 * The rank of the dense equivalent for cores in general position, by elimination: cores of random residues modulo a prime, exactly.
 *
 * A random point misses the rank of a general one with probability below (number of stages) · rank / prime (Schwartz, Zippel),
 * under 10⁻⁴ for the sizes taken; it never exceeds it.
 *
 * @returns undefined where it would take more than 2·10⁸ operations
 */
export function rankByElimination({ in: inSize, out, stages }: RankedStages): number | undefined {
  const work = stages.reduce((total, { core, output }) => total + inSize * product(output) * core.fanIn, 0);
  if (work + inSize * out * Math.min(inSize, out) > affordable) return undefined;
  return eliminate(denseResidues(inSize, out, stages), inSize, out);
}

/** Rows of the dense equivalent modulo the prime: the images of the unit vectors. */
export function denseResidues(inSize: number, out: number, stages: readonly Stage[]): Float64Array {
  const inputs = product(stages[0]?.input ?? [inSize]);
  let state: Float64Array = new Float64Array(inSize * inputs);
  for (let i = 0; i < inSize; i++) state[i * inputs + i] = 1;
  const draw = residues(0x9e3779b9);
  for (const stage of stages) state = contract(stage, state, inSize, draw);
  const outputs = state.length / inSize;
  const rows = new Float64Array(inSize * out);
  for (let i = 0; i < inSize; i++) rows.set(state.subarray(i * outputs, i * outputs + out), i * out);
  return rows;
}

/** Residues from a 32-bit multiplicative generator with a final mix; any fixed stream does. */
function residues(seed: number): () => number {
  let counter = seed;
  return () => {
    counter = (counter + 0x6d2b79f5) | 0;
    let mixed = Math.imul(counter ^ (counter >>> 15), counter | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % prime;
  };
}

/** One stage on rows of states, by its pattern `batch …, core… -> batch …`. */
function contract(stage: Stage, state: Float64Array, rows: number, draw: () => number): Float64Array {
  const [operands = '', result = ''] = stage.pattern.split('->');
  const [before = [], coreAxes = [], after = []] = [...operands.split(','), result].map((side) =>
    side
      .trim()
      .split(/\s+/)
      .filter((name) => name !== 'batch'),
  );
  const core = Float64Array.from({ length: product(stage.core.shape) }, draw);
  const names = [...after, ...coreAxes.filter((name) => !after.includes(name))];
  const sizeOf = (name: string): number =>
    stage.core.shape[coreAxes.indexOf(name)] ?? stage.input[before.indexOf(name)] ?? 1;
  const stridesIn = (axes: readonly string[]): number[] =>
    names.map((name) => {
      const at = axes.indexOf(name);
      return at < 0 ? 0 : product(axes.slice(at + 1).map(sizeOf));
    });
  const [ofState, ofCore, ofResult] = [stridesIn(before), stridesIn(coreAxes), stridesIn(after)];
  const sizes = names.map(sizeOf);
  const [width, outWidth] = [product(stage.input), product(after.map(sizeOf))];
  const output = new Float64Array(rows * outWidth);
  const count = product(sizes);
  const index = sizes.map(() => 0);
  let [fromState, fromCore, to] = [0, 0, 0];
  for (let step = 0; step < count; step++) {
    const factor = core[fromCore] ?? 0;
    for (let row = 0; row < rows; row++) {
      const value = state[row * width + fromState] ?? 0;
      if (value !== 0) output[row * outWidth + to] = reduced((output[row * outWidth + to] ?? 0) + value * factor);
    }
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1;
      fromState += ofState[axis] ?? 0;
      fromCore += ofCore[axis] ?? 0;
      to += ofResult[axis] ?? 0;
      if ((index[axis] ?? 0) < (sizes[axis] ?? 0)) break;
      index[axis] = 0;
      fromState -= (ofState[axis] ?? 0) * (sizes[axis] ?? 0);
      fromCore -= (ofCore[axis] ?? 0) * (sizes[axis] ?? 0);
      to -= (ofResult[axis] ?? 0) * (sizes[axis] ?? 0);
    }
  }
  return output;
}

/** The rank of a matrix of residues, which is overwritten. */
export function eliminate(values: Float64Array, rows: number, columns: number): number {
  let rank = 0;
  for (let column = 0; column < columns && rank < rows; column++) {
    let pivot = rank;
    while (pivot < rows && values[pivot * columns + column] === 0) pivot++;
    if (pivot === rows) continue;
    if (pivot !== rank) {
      const kept = values.slice(rank * columns, (rank + 1) * columns);
      values.copyWithin(rank * columns, pivot * columns, (pivot + 1) * columns);
      values.set(kept, pivot * columns);
    }
    const inverse = inverseOf(values[rank * columns + column] ?? 1);
    for (let row = rank + 1; row < rows; row++) {
      const head = values[row * columns + column] ?? 0;
      if (head === 0) continue;
      const factor = prime - reduced(head * inverse);
      for (let j = column; j < columns; j++) {
        const at = row * columns + j;
        values[at] = reduced((values[at] ?? 0) + factor * (values[rank * columns + j] ?? 0));
      }
    }
    rank++;
  }
  return rank;
}

/** value^(prime − 2) */
function inverseOf(value: number): number {
  let [result, base, exponent] = [1, value, prime - 2];
  while (exponent > 0) {
    if (exponent % 2 === 1) result = reduced(result * base);
    base = reduced(base * base);
    exponent = Math.floor(exponent / 2);
  }
  return result;
}
