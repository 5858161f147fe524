import { EinlabError, evaluate, random, subtract, type Tensor, tensor } from '@einlab/einsum-core';
import { type Cores, coreNamed, type Structure, type StructuredMap } from '@einlab/nn';
import type { DiagonalMap } from '../diagonal-structure.ts';
import type { EinsumMap } from '../einsum/einsum-structure.ts';
import type { FactoredMap } from '../factored-map.ts';
import { product } from '../product.ts';
import type { SumMap } from '../sum-of.ts';
import { alternate } from './alternate.ts';
import { projectButterfly } from './butterfly-projection.ts';
import { projectChain } from './chain-projection.ts';
import { projectEinsum } from './einsum-projection.ts';
import { projectMonarch } from './monarch-projection.ts';

/** Options of `project`. */
export interface ProjectOptions {
  /**
   * Rounds of least squares, core after core, that follow the closed form. By default 0 where there is one, 12 for BLAST and structures
   * of your own, which start from `init`, and 12 rounds of term after term for sums.
   */
  readonly sweeps?: number;
}

/** A dense matrix as a structured map. */
export interface Projection {
  readonly map: StructuredMap;
  readonly cores: Cores;
  /** ‖W − Ŵ‖/‖W‖ in the Frobenius norm; 0 for a matrix of zeros. */
  readonly relativeError: number;
  /** True where no cores of this structure are nearer: a closed form for two cores, without padding of shared digits. */
  readonly isOptimal: boolean;
}

const defaultSweeps = 12;

/**
 * The structured map nearest to a dense matrix, in the Frobenius norm.
 *
 * Closed forms: truncated SVD (low rank), SVD of every block (block tensor train, Monarch, any point of the einsum space), the rearrangement of
 * Van Loan and Pitsianis (Kronecker, tensor train of two cores), splits one after the other (longer chains, butterfly), blocks (block-diagonal), means
 * along diagonals (circulant, Toeplitz). Sums and BLAST are improved in turns, and so is any other structure whose dense equivalent is linear in
 * each core; what they reach need not be the best there is.
 *
 * @param structure - of any rank, rectangular and padded sizes included
 * @param dense - `f32[in, out]`, which a layer multiplies from the left: y = x · dense
 * @throws {EinlabError} `data` for a matrix with NaN or infinities, naming the first; `shape` for what is no matrix
 * @see Van Loan, Pitsianis 1993; Oseledets 2011; Dao et al. 2022 for the square Monarch case
 * @example `const { cores, relativeError } = await project(blockTensorTrain({ rank: 2 }), weight)`
 */
export async function project(structure: Structure, dense: Tensor, options: ProjectOptions = {}): Promise<Projection> {
  const [inSize, outSize] = dense.shape;
  if (dense.rank !== 2 || inSize === undefined || outSize === undefined) {
    throw new EinlabError('shape', `project: the matrix has shape [${dense.shape.join(', ')}]; expected [in, out]`, {
      shape: dense.shape,
    });
  }
  const map = structure.realize(inSize, outSize);
  const values = Float64Array.from(await dense.data());
  assertFinite(values, outSize);
  const { cores: start, isOptimal, sweeps } = await nearest(map, dense, values);
  const rounds = options.sweeps ?? sweeps;
  const cores = rounds > 0 && !isSum(map) ? await alternate(map, start, dense, rounds) : start;
  return { map, cores, isOptimal, relativeError: await relativeError(map, cores, values) };
}

function assertFinite(values: Float64Array, columns: number): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const place = `[${Math.floor(bad / columns)}, ${bad % columns}]`;
  throw new EinlabError('data', `project: the matrix has ${values[bad]} at ${place}; expected finite numbers`, {
    value: values[bad],
    place,
  });
}

/** Cores of a closed form, or a start, and how many rounds of improvement there are by default. */
interface Nearest {
  readonly cores: Cores;
  readonly isOptimal: boolean;
  readonly sweeps: number;
}

const isSum = (map: StructuredMap): map is SumMap => 'terms' in map;
const isEinsum = (map: StructuredMap): map is EinsumMap => 'sizes' in map && 'theta' in map;
const isDiagonal = (map: StructuredMap): map is DiagonalMap => 'index' in map;
const isFactored = (map: StructuredMap): map is FactoredMap => 'stages' in map && 'inputDigits' in map;

async function nearest(map: StructuredMap, dense: Tensor, values: Float64Array): Promise<Nearest> {
  const closed = (cores: Cores, isOptimal: boolean): Nearest => ({ cores, isOptimal, sweeps: 0 });
  if (map.structure.name === 'dense') return closed({ weight: dense }, true);
  if (isSum(map)) return { cores: await projectTerms(map, dense), isOptimal: false, sweeps: 0 };
  if (isDiagonal(map)) return closed(named(map, [diagonalMeans(map, values)]), true);
  if (isFactored(map)) {
    const padded = paddedTo(map, values);
    // where a digit is shared, a feature that does not exist has no row or column of its own in the arrangement
    const isWhole = product(map.inputDigits) === map.in && product(map.outputDigits) === map.out;
    if (isEinsum(map)) {
      const { beta, delta, alpha, epsilon } = map.sizes;
      const isBlocked = (beta === 1 && delta === 1) || (alpha === 1 && epsilon === 1);
      const found = projectEinsum(map, padded);
      return closed(
        named(
          map,
          map.cores.map(({ name }) => found[name] ?? new Float64Array()),
        ),
        isWhole || isBlocked,
      );
    }
    if (map.chain !== undefined) {
      const isPair = map.chain.input.length === 2;
      return closed(named(map, projectChain(map.chain, padded)), isPair && (isWhole || !map.chain.shared));
    }
    if (map.structure.name === 'monarch') {
      const [blocks = 1, inBlock = 1, middle = 1] = map.cores[0]?.shape ?? [];
      const outBlock = map.cores[1]?.shape[2] ?? 1;
      const { left, right } = projectMonarch({ blocks, inBlock, middle, outBlock }, padded);
      return closed(named(map, [left, right]), true);
    }
    if (map.structure.name === 'block-diagonal') return closed(named(map, [diagonalBlocks(map, padded)]), true);
    if (map.structure.name === 'butterfly') return closed(named(map, projectButterfly(map, padded)), false);
  }
  return { cores: await evaluate(map.init(random.key(0))), isOptimal: false, sweeps: defaultSweeps };
}

/** Values as the cores of a map. */
const named = (map: StructuredMap, values: readonly Float64Array[]): Cores =>
  Object.fromEntries(
    map.cores.map(({ name, shape }, i): [string, Tensor] => [
      name,
      tensor(values[i] ?? new Float64Array(), { shape: [...shape] }),
    ]),
  );

/** The matrix with rows and columns of zeros where a map pads. */
function paddedTo({ in: inSize, out, inputDigits, outputDigits }: FactoredMap, values: Float64Array): Float64Array {
  const [rows, columns] = [product(inputDigits), product(outputDigits)];
  const padded = new Float64Array(rows * columns);
  for (let i = 0; i < inSize; i++) padded.set(values.subarray(i * out, (i + 1) * out), i * columns);
  return padded;
}

/** The mean of the entries that share a value. */
function diagonalMeans(map: DiagonalMap, values: Float64Array): Float64Array {
  const size = map.cores[0]?.shape[0] ?? 0;
  const [sums, counts] = [new Float64Array(size), new Float64Array(size)];
  for (let i = 0; i < map.in; i++) {
    for (let j = 0; j < map.out; j++) {
      const at = map.index(i, j);
      sums[at] = (sums[at] ?? 0) + (values[i * map.out + j] ?? 0);
      counts[at] = (counts[at] ?? 0) + 1;
    }
  }
  return sums.map((sum, at) => sum / Math.max(1, counts[at] ?? 0));
}

/** Block b of a block-diagonal map: rows of block b, and its outputs wherever they lie. */
function diagonalBlocks(map: FactoredMap, padded: Float64Array): Float64Array {
  const [blocks = 1, inBlock = 1, outBlock = 1] = map.cores[0]?.shape ?? [];
  const isShuffled = map.stages[0]?.pattern.endsWith('out block') ?? false;
  const result = new Float64Array(blocks * inBlock * outBlock);
  for (let b = 0; b < blocks; b++)
    for (let i = 0; i < inBlock; i++)
      for (let o = 0; o < outBlock; o++)
        result[(b * inBlock + i) * outBlock + o] =
          padded[(b * inBlock + i) * blocks * outBlock + (isShuffled ? o * blocks + b : b * outBlock + o)] ?? 0;
  return result;
}

/** Each term in turn takes the nearest map to what the others leave: the error never rises where a term's projection is the best. */
async function projectTerms(map: SumMap, dense: Tensor): Promise<Cores> {
  const own: Cores[] = map.terms.map(() => ({}));
  const images: (Tensor | undefined)[] = map.terms.map(() => undefined);
  for (let round = 0; round < defaultSweeps; round++) {
    for (const [t, term] of map.terms.entries()) {
      const others = images.filter((image, i) => i !== t && image !== undefined);
      const rest = others.reduce<Tensor>((left, image) => (image === undefined ? left : subtract(left, image)), dense);
      const { cores } = await project(term.structure, await evaluate(rest));
      own[t] = cores;
      images[t] = await evaluate(term.toDense(cores));
    }
  }
  return Object.fromEntries(
    own.flatMap((cores, t) =>
      (map.terms[t]?.cores ?? []).map(({ name }): [string, Tensor] => [
        `term${t + 1}-${name}`,
        coreNamed(cores, name, 'project'),
      ]),
    ),
  );
}

async function relativeError(map: StructuredMap, cores: Cores, values: Float64Array): Promise<number> {
  const image = await map.toDense(cores).data();
  let [left, whole] = [0, 0];
  values.forEach((value, i) => {
    left += (value - (image[i] ?? 0)) ** 2;
    whole += value * value;
  });
  return whole === 0 ? 0 : Math.sqrt(left / whole);
}
