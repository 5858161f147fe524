import { EinlabError } from '@einlab/einsum-core';
import type { StructuredMap } from '@einlab/nn';
import type { FactoredMap, Stage } from '@einlab/structured-layers';

const isFactored = (map: StructuredMap): map is FactoredMap => 'stages' in map;

/**
 * The stages of a map that is a chain of einsums; a dense map is one.
 * @throws {EinlabError} `option` for other maps
 */
export function stagesOf(where: string, map: StructuredMap): readonly Stage[] {
  if (isFactored(map)) return map.stages;
  const [core] = map.cores;
  if (map.structure.name === 'dense' && core !== undefined)
    return [{ core, pattern: 'batch in, in out -> batch out', input: [map.in], output: [map.out] }];
  throw new EinlabError(
    'option',
    `${where}: ${map.structure} is no chain of einsums, so it cannot hold experts; expected dense, low-rank, Kronecker, Monarch, a tensor train, a block tensor train or a point of the einsum space`,
    { structure: `${map.structure}` },
  );
}

/** The axes that features are seen under before and after; sizes as they are for a map that is no chain. */
export const digitsOf = (map: StructuredMap): Pick<FactoredMap, 'inputDigits' | 'outputDigits'> =>
  isFactored(map) ? map : { inputDigits: [map.in], outputDigits: [map.out] };

const partsOf = ({ pattern }: Stage): [before: string[], core: string[], after: string[]] => {
  const [before = [], core = [], after = []] = pattern.split(/,|->/).map((part) => part.trim().split(' '));
  return [before.slice(1), core, after.slice(1)];
};

/** `batch γ α, γ α ρ φ -> batch γ ρ φ` for all experts: the first stage gets the axis, the last one sums over it. */
export function mixPattern(stages: readonly Stage[], i: number): string {
  const [before, core, after] = partsOf(stages[i] as Stage);
  const [isFirst, isLast] = [i === 0, i === stages.length - 1];
  const lead = (has: boolean): string => (has ? 'token expert' : 'token');
  return `${lead(!isFirst || isLast)} ${before.join(' ')}, expert ${core.join(' ')} -> ${lead(!isLast)} ${after.join(' ')}`;
}

/** Features as blocks of rows hold them: `[tile, part, row, feature]`. */
export interface RowParts {
  /** Parts that a row is cut into, each before the rows; 1 where rows stay whole. */
  readonly parts: number;
  /** Features of a part. parts · size is the number of features, or more where it is padded with zeros. */
  readonly size: number;
}

/** Patterns for blocks of rows with an expert each. */
export interface BlockStages {
  readonly patterns: readonly string[];
  /** True where a stage's state is read as it was written, so that its axes could be put in any order. */
  readonly isChained: boolean;
  readonly input: RowParts;
  readonly output: RowParts;
}

/** Parts of fewer features are not worth their own copies: a row of 16 numbers is a line of a cache. */
const leastPart = 16;

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);

/**
 * Where stages follow one another on the same axes, those that a core and both sides of its contraction have come before the rows, and those
 * that are summed over last: `tile γ row α`, `tile φ row γ ρ`, `tile φ row ε`, where a tile is a block of rows (some structures have blocks of
 * their own). Each contraction then reads and writes matrices that lie in one piece.
 */
export function blockStages(stages: readonly Stage[]): BlockStages {
  const parts = stages.map(partsOf);
  const isChained = parts.every(([before], i) => i === 0 || before.join() === parts[i - 1]?.[2].join());
  const [first, last] = [parts[0], parts.at(-1)];
  const arranged = (axes: readonly string[], isOuter: (axis: string) => boolean): string =>
    ['tile', ...axes.filter(isOuter), 'row', ...axes.filter((axis) => !isOuter(axis))].join(' ');
  const never = (): boolean => false;
  const sharedWith =
    (core: readonly string[], other: readonly string[]) =>
    (axis: string): boolean =>
      core.includes(axis) && other.includes(axis);
  /** The leading axes that are blocks of a core, with the sizes of all axes. */
  const cut = (axes: readonly string[], sizes: readonly number[], isOuter: (axis: string) => boolean): RowParts => {
    const count = axes.findIndex((axis) => !isOuter(axis));
    const [outer, inner] = [product(sizes.slice(0, Math.max(0, count))), product(sizes.slice(Math.max(0, count)))];
    const isWhole = count < 1 || inner < leastPart || axes.slice(count).some(isOuter);
    return isWhole ? { parts: 1, size: product(sizes) } : { parts: outer, size: inner };
  };
  const inputShared = first === undefined ? never : sharedWith(first[1], first[2]);
  const outputShared = last === undefined ? never : sharedWith(last[1], last[0]);
  const input = cut(first?.[0] ?? [], stages[0]?.input ?? [], inputShared);
  const output = cut(last?.[2] ?? [], stages.at(-1)?.output ?? [], outputShared);
  const between = parts.map(([, , after], i): string => {
    const next = parts[i + 1];
    if (next === undefined) return arranged(after, output.parts === 1 ? never : outputShared);
    return arranged(after, isChained ? sharedWith(next[1], next[2]) : never);
  });
  const beforeOf = (i: number, own: readonly string[]): string =>
    i === 0
      ? arranged(own, input.parts === 1 ? never : inputShared)
      : ((isChained ? between[i - 1] : undefined) ?? arranged(own, never));
  return {
    isChained,
    input,
    output,
    patterns: parts.map(([before, core], i) => `${beforeOf(i, before)}, tile ${core.join(' ')} -> ${between[i]}`),
  };
}
