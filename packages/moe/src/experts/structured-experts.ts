import {
  EinlabError,
  einsum,
  expandDims,
  multiply,
  reshape,
  slice,
  stack,
  take,
  type Tensor,
} from '@einlab/einsum-core';
import { type CoreShape, coreNamed, type Structure, type StructuredMap } from '@einlab/nn';
import type { FactoredMap, Stage } from '@einlab/structured-layers';
import { padLast } from './pad-last.ts';
import type { ExpertBank } from './expert-bank.ts';

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);

/**
 * Experts that are maps of a structure. Each stage of the map is one einsum over all experts:
 *
 *   first stage   z[token, expert, …] = Σ x[token, …] · core[expert, …]
 *   last stage    y[token, …] = Σ_expert Σ gates[token, expert] · z[token, expert, …] · core[expert, …]
 *
 * so that with all gates 1 the experts are summed as the slices of a bond are: E block tensor trains of rank 1 are one of rank E.
 *
 * @throws {EinlabError} `option` for structures that are not chains of einsums
 */
export function structuredExperts(
  where: string,
  structure: Structure,
  experts: number,
  sizes: { in: number; out: number },
): ExpertBank {
  const map = structure.realize(sizes.in, sizes.out);
  const stages = stagesOf(where, map);
  const cores = stages.map(
    ({ core }): CoreShape => ({
      ...core,
      shape: [experts, ...core.shape],
      // each expert is a map of its own, as the paper has it: 1/√fanIn, without the smaller side's correction
      initialDeviation: 1 / Math.sqrt(core.fanIn),
    }),
  );
  const { inputDigits, outputDigits } = digitsOf(map);
  const last = stages.length - 1;
  const run = (
    x: Tensor,
    lead: readonly number[],
    { pattern, core }: { pattern: (stage: Stage, i: number) => string; core: (name: string) => Tensor },
    gates?: Tensor,
  ): Tensor => {
    let state = padLast(x, product(inputDigits));
    for (const [i, stage] of stages.entries()) {
      const isOpen = gates !== undefined && i > 0;
      const shape = [...lead, ...(isOpen ? [experts] : []), ...stage.input];
      state = reshape(state, shape);
      if (i === last && gates !== undefined) state = weighted(state, gates, isOpen, stage);
      state = einsum(pattern(stage, i), state, core(stage.core.name));
    }
    const whole = reshape(state, [...lead, product(outputDigits)]);
    return slice(whole, lead.map(() => 0).concat(0), [...lead, map.out]);
  };
  return {
    in: map.in,
    out: map.out,
    experts,
    cores,
    parameterCount: map.parameterCount,
    macs: map.macs,
    activation: map.activation,
    rank: map.rank,
    mix: (tensors, x, gates) =>
      run(
        x,
        [x.shape[0] ?? 0],
        {
          pattern: (stage, i) => mixPattern(stage, { isFirst: i === 0, isLast: i === last }),
          core: (name) => coreNamed(tensors, name, where),
        },
        gates,
      ),
    applyBlocks: (tensors, x, expert) =>
      run(x, x.shape.slice(0, 2), {
        pattern: blockPattern,
        core: (name) => take(coreNamed(tensors, name, where), expert),
      }),
    toDense: (tensors) =>
      stack(
        Array.from({ length: experts }, (_, e) =>
          map.toDense(
            Object.fromEntries(
              stages.map(({ core: { name } }) => [name, expertOf(coreNamed(tensors, name, where), e)]),
            ),
          ),
        ),
      ),
    toString: () => `${map}`.slice(`${structure}`.length + 1),
  };
}

const expertOf = (core: Tensor, e: number): Tensor => {
  const shape = core.shape.slice(1);
  return reshape(slice(core, [e, ...shape.map(() => 0)], [e + 1, ...shape]), shape);
};

/** Gates on a state that has experts, or on one that gets them: then Σ_expert goes into the last contraction. */
function weighted(state: Tensor, gates: Tensor, isOpen: boolean, stage: Stage): Tensor {
  const own = reshape(gates, [...gates.shape, ...stage.input.map(() => 1)]);
  return multiply(isOpen ? state : expandDims(state, 1), own);
}

/** `batch γ α, γ α ρ φ -> batch γ ρ φ` with experts; in the last stage they are summed. */
function mixPattern({ pattern }: Stage, { isFirst, isLast }: { isFirst: boolean; isLast: boolean }): string {
  const [before = '', core = '', after = ''] = pattern.split(/,|->/).map((part) => part.trim());
  const hasExperts = !isFirst || isLast;
  const lead = (text: string, has: boolean): string => text.replace(/^batch/, has ? 'token expert' : 'token');
  return `${lead(before, hasExperts)}, expert ${core} -> ${lead(after, !isLast)}`;
}

const blockPattern = ({ pattern }: Stage): string => {
  const [before = '', core = '', after = ''] = pattern.split(/,|->/).map((part) => part.trim());
  const lead = (text: string): string => text.replace(/^batch/, 'block row');
  return `${lead(before)}, block ${core} -> ${lead(after)}`;
};

/** The stages of a map that is a chain of einsums; a dense map is one. */
function stagesOf(where: string, map: StructuredMap): readonly Stage[] {
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

const isFactored = (map: StructuredMap): map is FactoredMap => 'stages' in map;

const digitsOf = (map: StructuredMap): Pick<FactoredMap, 'inputDigits' | 'outputDigits'> =>
  isFactored(map) ? map : { inputDigits: [map.in], outputDigits: [map.out] };
