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

/** Patterns for blocks of rows with an expert each. */
export interface BlockStages {
  readonly patterns: readonly string[];
  /** True where a stage's state is read as it was written, so that its axes could be put in any order. */
  readonly isChained: boolean;
}

/**
 * One expert for each block of rows. Features come and go as whole rows. Between stages that follow one another on the same axes, those that
 * a core and both sides of its contraction have come before the rows, and those that are summed over last: `tile row γ α`, `tile φ row γ ρ`,
 * `tile row φ ε`, where a tile is a block of rows (some structures have blocks of their own). The second contraction then reads matrices
 * that lie in one piece.
 */
export function blockStages(stages: readonly Stage[]): BlockStages {
  const parts = stages.map(partsOf);
  const isChained = parts.every(([before], i) => i === 0 || before.join() === parts[i - 1]?.[2].join());
  const inRows = (axes: readonly string[]): string => ['tile', 'row', ...axes].join(' ');
  const between = parts.map(([, , after], i): string => {
    const next = parts[i + 1];
    if (next === undefined || !isChained) return inRows(after);
    const isOuter = (axis: string): boolean => next[1].includes(axis) && next[2].includes(axis);
    return ['tile', ...after.filter(isOuter), 'row', ...after.filter((axis) => !isOuter(axis))].join(' ');
  });
  const beforeOf = (i: number, own: readonly string[]): string =>
    (i > 0 && isChained ? between[i - 1] : undefined) ?? inRows(own);
  return {
    isChained,
    patterns: parts.map(([before, core], i) => `${beforeOf(i, before)}, tile ${core.join(' ')} -> ${between[i]}`),
  };
}
