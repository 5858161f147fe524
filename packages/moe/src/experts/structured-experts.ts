import { einsum, expandDims, multiply, reshape, slice, stack, type Tensor, take } from '@einlab/einsum-core';
import { type CoreShape, coreNamed, type Structure } from '@einlab/nn';
import type { Stage } from '@einlab/structured-layers';
import type { ExpertBank } from './expert-bank.ts';
import { blockStages, digitsOf, mixPattern, stagesOf } from './expert-stages.ts';
import { padLast } from './pad-last.ts';

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
  const { inputDigits, outputDigits } = digitsOf(map);
  const last = stages.length - 1;
  const blocked = blockStages(stages);
  /** The features of a map's result, without those that padding added. */
  const cut = (state: Tensor, lead: readonly number[]): Tensor => {
    const whole = reshape(state, [...lead, product(outputDigits)]);
    return slice(whole, [...lead.map(() => 0), 0], [...lead, map.out]);
  };
  return {
    in: map.in,
    out: map.out,
    experts,
    cores: stages.map(
      ({ core }): CoreShape => ({
        ...core,
        shape: [experts, ...core.shape],
        // each expert is a map of its own, as the paper has it: 1/√fanIn, without the smaller side's correction
        initialDeviation: 1 / Math.sqrt(core.fanIn),
      }),
    ),
    parameterCount: map.parameterCount,
    macs: map.macs,
    activation: map.activation,
    rank: map.rank,
    mix(tensors, x, gates) {
      const lead = x.shape.slice(0, 1);
      let state = padLast(x, product(inputDigits));
      for (const [i, stage] of stages.entries()) {
        state = reshape(state, [...lead, ...(i > 0 ? [experts] : []), ...stage.input]);
        if (i === last) state = weighted(state, gates, { hasExperts: i > 0, stage });
        state = einsum(mixPattern(stages, i), state, coreNamed(tensors, stage.core.name, where));
      }
      return cut(state, lead);
    },
    input: product(inputDigits),
    output: product(outputDigits),
    applyBlocks(tensors, x, expert) {
      const lead = x.shape.slice(0, 2);
      let state = x;
      for (const [i, stage] of stages.entries()) {
        if (i === 0 || !blocked.isChained) state = reshape(state, [...lead, ...stage.input]);
        state = einsum(blocked.patterns[i] ?? '', state, take(coreNamed(tensors, stage.core.name, where), expert));
      }
      return reshape(state, [...lead, product(outputDigits)]);
    },
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

/** The core of one expert. */
function expertOf(core: Tensor, e: number): Tensor {
  const shape = core.shape.slice(1);
  return reshape(slice(core, [e, ...shape.map(() => 0)], [e + 1, ...shape]), shape);
}

/** Gates on a state that has experts, or on one that gets them: then Σ_expert goes into the last contraction. */
function weighted(
  state: Tensor,
  gates: Tensor,
  { hasExperts, stage }: { readonly hasExperts: boolean; readonly stage: Stage },
): Tensor {
  const own = reshape(gates, [...gates.shape, ...stage.input.map(() => 1)]);
  return multiply(hasExperts ? state : expandDims(state, 1), own);
}
