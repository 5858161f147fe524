import { normal, type Rng } from '@einlab/numerics';
import { jvp } from '../autodiff/jvp.ts';
import { vjp } from '../autodiff/vjp.ts';
import type { TypedArray } from '../base/dtype.ts';
import { mapTree, treeLeaves } from '../base/tree.ts';
import { tensor } from '../tensor/create.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { streamOf } from './sample-points.ts';
import { readOn } from './shared-device.ts';

/** How derivatives are accumulated: reverse (`vjp`) or forward (`jvp`). */
export type DerivativeMode = 'vjp' | 'jvp';

/** Options of `checkGradients`. */
export interface CheckGradientsOptions {
  /** Derivatives of derivatives up to this order; default 2. */
  readonly order?: number;
  /** Which accumulations to check, at every order and so in every mixture; default both. */
  readonly modes?: readonly DerivativeMode[];
  /** Largest error relative to the largest derivative; default 1e-6, far above the error of the differences. */
  readonly tolerance?: number;
  /** Distance of the points of the differences; default 1e-4. */
  readonly step?: number;
  /** Seed of the directions; default 0. */
  readonly seed?: number;
}

/** A function of its f32 leaves, with its f32 results as a list. */
type ListFunction = (variables: readonly Tensor[]) => Tensor[];

interface Check {
  readonly modes: readonly DerivativeMode[];
  readonly tolerance: number;
  readonly step: number;
  readonly rng: Rng;
}

/** One place, one direction, and what the differences say there. */
interface Probe {
  readonly f: ListFunction;
  readonly point: readonly Tensor[];
  readonly direction: readonly Tensor[];
  readonly cotangents: readonly Tensor[];
  readonly values: readonly TypedArray[];
  readonly derivatives: readonly Float64Array[];
}

const isVariable = (leaf: unknown): leaf is Tensor => isTensor(leaf) && leaf.dtype === 'f32';
const variablesOf = (tree: unknown): Tensor[] => treeLeaves(tree).filter(isVariable);

/**
 * Checks a function's derivatives against finite differences along random directions, in f64 on the reference device.
 * Values inside differentiation must equal those outside exactly.
 *
 *   ∂f·v ≈ (8·(f(x + hv) − f(x − hv)) − (f(x + 2hv) − f(x − 2hv))) / 12h, with an error of h⁴/30·|f⁽⁵⁾| + u·|f|/h
 *
 * Reverse accumulation is compared as ⟨ȳ, ∂f·v⟩ = ⟨(∂f)ᵀȳ, v⟩ for a random ȳ. Orders above the first differentiate the
 * derivative.
 *
 * @param f - from trees of tensors to a tree of tensors; smooth near the primals; closes over no tensor of another device
 * @param primals - the arguments; leaves that are not f32 tensors stay fixed
 * @throws {Error} naming the mode, the place, both numbers and the tolerance.
 * @example `await checkGradients((x: Tensor) => x.sigmoid().sum(), [tensor([0.5, -1])])`
 */
export async function checkGradients<Arguments extends readonly unknown[]>(
  f: (...primals: Arguments) => unknown,
  primals: Arguments,
  options: CheckGradientsOptions = {},
): Promise<void> {
  const { order = 2, modes = ['vjp', 'jvp'], tolerance = 1e-6, step = 1e-4, seed = 0 } = options;
  const variables = variablesOf(primals);
  // Kept tensors are read where they live; all else is computed in f64.
  const values = await Promise.all(
    variables.map(async (x) => (x.origin.kind === 'kept' ? x.data() : (await readOn('reference', [x]))[0])),
  );
  const list: ListFunction = (given) => {
    let next = 0;
    return variablesOf(f(...mapTree<Arguments>(primals, (leaf) => (isVariable(leaf) ? given[next++] : leaf))));
  };
  const point = variables.map((variable, k) => onHost(variable, values[k]));
  await checkOrder(list, point, order, 'f', { modes, tolerance, step, rng: streamOf(seed, 0) });
}

const onHost = (like: Tensor, values: ArrayLike<number>): Tensor =>
  tensor(Float64Array.from(values), { shape: like.shape });

const randomLike = (like: Tensor, rng: Rng): Tensor =>
  onHost(
    like,
    Array.from({ length: like.size }, () => normal(rng)),
  );

/** Checks f's first derivatives and, below the order, the derivatives of those. */
async function checkOrder(
  f: ListFunction,
  point: readonly Tensor[],
  order: number,
  name: string,
  check: Check,
): Promise<void> {
  if (order < 1) return;
  const probe = await probeAt(f, point, check);
  for (const mode of check.modes) {
    const where = `${mode} of ${name}`;
    if (mode === 'jvp') {
      await checkForward(probe, where, check);
      await checkOrder((x) => jvp(f, [x], [probe.direction])[1], point, order - 1, where, check);
    } else {
      await checkReverse(probe, where, check);
      await checkOrder((x) => [...vjp(f, x)[1]([...probe.cotangents])[0]], point, order - 1, where, check);
    }
  }
}

/** A random direction with f's values and central differences of fourth order. */
async function probeAt(f: ListFunction, point: readonly Tensor[], { step: h, rng }: Check): Promise<Probe> {
  const direction = point.map((variable) => randomLike(variable, rng));
  const read = await readOn('reference', [...point, ...direction]);
  const shifted = (t: number): Tensor[] =>
    f(
      point.map((variable, k) =>
        onHost(
          variable,
          Float64Array.from(read[k], (x, i) => x + t * read[point.length + k][i]),
        ),
      ),
    );
  const graphs = [0, h, -h, 2 * h, -2 * h].map(shifted);
  const values = await readOn('reference', graphs.flat());
  const at = (graph: number, output: number): TypedArray => values[graph * graphs[0].length + output];
  return {
    f,
    point,
    direction,
    cotangents: graphs[0].map((output) => randomLike(output, rng)),
    values: graphs[0].map((_, k) => at(0, k)),
    derivatives: graphs[0].map((_, k) => {
      const [ahead, behind, farAhead, farBehind] = [1, 2, 3, 4].map((graph) => at(graph, k));
      const difference = (i: number): number => 8 * (ahead[i] - behind[i]) - (farAhead[i] - farBehind[i]);
      return Float64Array.from(ahead, (_value, i) => difference(i) / (12 * h));
    }),
  };
}

async function checkForward(probe: Probe, where: string, check: Check): Promise<void> {
  const [value, tangents] = jvp(probe.f, [probe.point], [probe.direction]);
  const read = await readOn('reference', [...value, ...tangents]);
  checkPrimal(read, probe.values, where);
  probe.derivatives.forEach((expected, k) => {
    const got = read[value.length + k];
    const scale = Math.max(largest(expected), largest(got));
    expected.forEach((derivative, i) => {
      compare(got[i], derivative, scale, largest(probe.values[k]), `${where}, output ${k}, element ${i}`, check);
    });
  });
}

async function checkReverse(probe: Probe, where: string, check: Check): Promise<void> {
  const [value, pull] = vjp(probe.f, probe.point);
  const [gradients] = pull([...probe.cotangents]);
  const lists = [value, gradients, probe.direction, probe.cotangents];
  const read = await readOn('reference', lists.flat());
  checkPrimal(read, probe.values, where);
  let start = value.length;
  const [gradient, direction, cotangent] = lists.slice(1).map((list) => read.slice(start, (start += list.length)));
  const got = innerProduct(gradient, direction);
  const expected = innerProduct(cotangent, probe.derivatives);
  const scale = Math.max(got.magnitude, expected.magnitude);
  compare(got.value, expected.value, scale, Math.max(0, ...probe.values.map(largest)), where, check);
}

/** Σ aᵢbᵢ over all arrays, and Σ |aᵢbᵢ|. */
function innerProduct(
  a: readonly ArrayLike<number>[],
  b: readonly ArrayLike<number>[],
): { value: number; magnitude: number } {
  let value = 0;
  let magnitude = 0;
  for (const [k, left] of a.entries()) {
    for (let i = 0; i < left.length; i++) {
      value += left[i] * b[k][i];
      magnitude += Math.abs(left[i] * b[k][i]);
    }
  }
  return { value, magnitude };
}

const largest = (values: ArrayLike<number>): number => {
  let result = 0;
  for (let i = 0; i < values.length; i++) result = Math.max(result, Math.abs(values[i]));
  return result;
};

/** The value that a derivative is taken of is the value itself: nothing is rounded, so nothing may differ. */
function checkPrimal(got: readonly TypedArray[], expected: readonly TypedArray[], where: string): void {
  expected.forEach((values, k) => {
    values.forEach((value, i) => {
      if (!Object.is(got[k][i], value)) {
        throw new Error(
          `checkGradients: ${where}: the value inside is ${got[k][i]} at element ${i} of output ${k}; outside it is ${value}`,
        );
      }
    });
  });
}

function compare(got: number, expected: number, scale: number, valueScale: number, where: string, check: Check): void {
  // Differences of values of size F are uncertain by u·F/h, here with a margin of 2⁵.
  const allowed = check.tolerance * scale + (2 ** -48 * valueScale) / check.step;
  if (Math.abs(got - expected) <= allowed) return;
  throw new Error(
    `checkGradients: ${where}: the derivative is ${got}, finite differences give ${expected}; the difference is ${Math.abs(got - expected)}, allowed are ${allowed}`,
  );
}
