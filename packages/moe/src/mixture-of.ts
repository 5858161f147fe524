import { dense, type Structure } from '@einlab/nn';
import { lowRank } from '@einlab/structured-layers';
import { structuredExperts } from './experts/structured-experts.ts';
import { type MixtureOptions, type MixtureStructure, mixtureStructure } from './mixture-map.ts';

/**
 * A mixture whose experts are maps of any structure that is a chain of einsums: Kronecker, Monarch, tensor trains, points of the
 * einsum space, and those that have a function of their own.
 *
 * @throws {EinlabError} `option` for k above E, and when realized for a structure that is no chain of einsums
 * @example `mixtureOf(monarch({ blocks: 4 }), { experts: 8 })`
 */
export function mixtureOf(structure: Structure, options: MixtureOptions): MixtureStructure {
  const { experts, k = 2 } = options;
  const text = `mixtureOf(${structure}, { experts: ${experts}, k: ${k} })`;
  return mixtureStructure({ name: `${structure.name}-moe`, text, options }, (sizes) =>
    structuredExperts('mixtureOf', structure, experts, sizes),
  );
}

/**
 * A mixture of dense matrices in a linear layer.
 *
 * @remarks E·in·out + E·in parameters, k·in·out + E·in multiply-accumulates for a token.
 * @throws {EinlabError} `option` for k above E
 */
export function denseMoe(options: MixtureOptions): MixtureStructure {
  const text = `denseMoe({ experts: ${options.experts}, k: ${options.k ?? 2} })`;
  return mixtureStructure({ name: 'dense-moe', text, options }, (sizes) =>
    structuredExperts('denseMoe', dense(), options.experts, sizes),
  );
}

/** Options of `lowRankMoe`. */
export interface LowRankMoeOptions extends MixtureOptions {
  /** The bond ρ of each expert; default ⌈√min(in, out)⌉ for each map. */
  readonly rank?: number;
}

/**
 * A mixture of low-rank maps in a linear layer: the bond of a low-rank map in E parts of ρ, of which a token uses k.
 *
 * @remarks E·ρ·(in + out) + E·in parameters, k·ρ·(in + out) + E·in multiply-accumulates for a token.
 * @throws {EinlabError} `option` for k above E, and when realized for a rank above min(in, out)
 */
export function lowRankMoe(options: LowRankMoeOptions): MixtureStructure {
  const { experts, k = 2, rank } = options;
  const text = `lowRankMoe({ experts: ${experts}, k: ${k}${rank === undefined ? '' : `, rank: ${rank}`} })`;
  const each = lowRank(rank === undefined ? {} : { rank });
  return mixtureStructure({ name: 'low-rank-moe', text, options }, (sizes) =>
    structuredExperts('lowRankMoe', each, experts, sizes),
  );
}
