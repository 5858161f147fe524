import { bttMoe, denseMoe, lowRankMoe, type MixtureStructure, moeMlp } from '@einlab/moe';
import type { Structure } from '@einlab/nn';
import { dense } from '@einlab/nn';
import {
  blast,
  blockTensorTrain,
  butterfly,
  circulant,
  einsumStructure,
  formatTheta,
  kronecker,
  lowRank,
  monarch,
  parseTheta,
  type SearchCandidate,
  tensorTrain,
  toeplitz,
} from '@einlab/structured-layers';
import { asInput, inputError } from '../command-error.ts';
import { didYouMean } from '../options/closest.ts';

/** What a structure's number means, and the structure with or without it. */
interface Family {
  /** Undefined where the structure takes no number. */
  readonly number: 'rank' | 'blocks' | 'radix' | 'experts' | undefined;
  readonly create: (number: number | undefined) => Structure;
}

/** Of a mixture without a number; each token goes to two of them. */
const defaultExperts = 8;

/** The structures that a comparison knows, by the name on the command line. */
const families: Readonly<Record<string, Family>> = {
  dense: { number: undefined, create: () => dense() },
  'low-rank': { number: 'rank', create: (rank) => lowRank(rank === undefined ? {} : { rank }) },
  kronecker: { number: undefined, create: () => kronecker() },
  monarch: { number: 'blocks', create: (blocks = 4) => monarch({ blocks }) },
  btt: { number: 'rank', create: (rank = 1) => blockTensorTrain({ rank }) },
  blast: { number: 'rank', create: (rank) => blast(rank === undefined ? {} : { rank }) },
  butterfly: { number: 'radix', create: (radix = 2) => butterfly({ radix }) },
  circulant: { number: undefined, create: () => circulant() },
  toeplitz: { number: undefined, create: () => toeplitz() },
  'tensor-train': { number: 'rank', create: (rank = 4) => tensorTrain({ rank }) },
  'btt-moe': { number: 'experts', create: (experts = defaultExperts) => bttMoe({ experts }) },
  'low-rank-moe': { number: 'experts', create: (experts = defaultExperts) => lowRankMoe({ experts }) },
  'dense-moe': { number: 'experts', create: (experts = defaultExperts) => denseMoe({ experts }) },
  moe: { number: 'experts', create: (experts = defaultExperts) => moeMlp({ experts }) },
};

/** Names of the structures that a comparison knows. */
export const structureNames: readonly string[] = Object.keys(families);

/** What the help says about `--structures`. */
export const structureHelp =
  'low-rank:14 and blast:8 set the rank (default √width), monarch:8 the blocks (default 4), btt:2 and tensor-train:2 the rank (default 1 and 4), butterfly:4 the radix (default 2), btt-moe:16 and moe:16 the experts, of which a token uses 2 (default 8); einsum:1/2|0|1/2|0|1/2|1/2|1/4 is any point α|β|γ|δ|ε|φ|ρ of the einsum space';

/** The structure of a label such as `btt` or `btt:2`. Labels are what specifications and tables hold. */
export function structureOf(label: string): Structure {
  const [name = '', number, ...more] = label.split(':');
  if (name === 'einsum') {
    const point = [number ?? '', ...more].join(':');
    return asInput(`einlab compare: --structures has ${JSON.stringify(label)}`, () =>
      einsumStructure(parseTheta(point)),
    );
  }
  const family = Object.hasOwn(families, name) ? families[name] : undefined;
  if (family === undefined) {
    const hint = didYouMean(name, structureNames) || `; expected some of ${structureNames.join(', ')}`;
    throw inputError(`einlab compare: unknown structure ${JSON.stringify(name)} in --structures${hint}`);
  }
  if (number === undefined) return family.create(undefined);
  if (family.number === undefined) {
    throw inputError(
      `einlab compare: --structures has ${JSON.stringify(label)}, but ${name} takes no number; expected ${name}`,
    );
  }
  if (more.length > 0 || !/^[1-9]\d{0,5}$/.test(number)) {
    const value = [number, ...more].join(':');
    throw inputError(
      `einlab compare: --structures has ${JSON.stringify(label)}: ${family.number} is ${JSON.stringify(value)}; expected a whole number ≥ 1`,
    );
  }
  return asInput(`einlab compare: --structures has ${JSON.stringify(label)}`, () => family.create(Number(number)));
}

/** The mixture that takes the place of whole perceptrons, for the label `moe`; undefined for structures of linear layers. */
export function expertsOf(label: string): MixtureStructure | undefined {
  const [name, number] = label.split(':');
  return name === 'moe' ? moeMlp({ experts: number === undefined ? defaultExperts : Number(number) }) : undefined;
}

/** The label of a search's candidate: `dense`, or `einsum:1/2|0|1/2|0|1/2|1/2|0`. */
export const labelOf = ({ theta }: SearchCandidate): string =>
  theta === undefined ? 'dense' : `einsum:${formatTheta(theta)}`;

/** Reads `dense,btt:2,monarch`. */
export function readStructures(text: string): readonly string[] {
  const labels = text.split(',').map((label) => label.trim());
  for (const label of labels) structureOf(label);
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) throw inputError(`einlab compare: --structures names ${twice} twice; name it once`);
  return labels;
}
