import { EinlabError } from '@einlab/einsum-core';
import type { RandomKey } from '@einlab/numerics';
import type { Interventions } from '../data/interventions.ts';
import { standardizeTable } from '../data/standardize.ts';
import { namesOf, type Table } from '../data/table.ts';
import { chiSquare } from '../independence/chi-square.ts';
import type { DatTraining } from '../independence/dat-options.ts';
import { fisherZ } from '../independence/fisher-z.ts';
import type { IndependenceTest } from '../independence/independence-test.ts';
import { wilks } from '../independence/wilks.ts';
import { bdeu } from './bdeu.ts';
import { dagma } from './dagma.ts';
import { datGraph } from './dat-graph.ts';
import type { DatGraphOptions } from './dat-graph-options.ts';
import { directLingam } from './direct-lingam.ts';
import type { Discovery, SearchControl } from './discovery.ts';
import { ges } from './ges.ts';
import { hillClimb } from './hill-climb.ts';
import type { Knowledge } from './knowledge.ts';
import { gaussianBic, type LocalScore } from './local-score.ts';
import { notears } from './notears.ts';
import { pc } from './pc.ts';
import { sdcd } from './sdcd.ts';
import { sortAndRegress } from './sort-n-regress.ts';

/** Names of the methods. */
export const discoverMethods = [
  'dat-graph',
  'dat-lin',
  'pc',
  'ges',
  'hill-climb',
  'notears',
  'dagma',
  'sdcd',
  'direct-lingam',
  'sortnregress',
] as const;

/** A method by name. */
export type DiscoverMethod = (typeof discoverMethods)[number];

/** How a table is searched. */
export interface DiscoverOptions extends SearchControl {
  readonly method: DiscoverMethod;
  readonly key: RandomKey;
  readonly knowledge?: Knowledge;
  readonly interventions?: Interventions;
  /** Level of tests; 0.01 by default. */
  readonly alpha?: number;
  /** Of the networks of `dat-graph`. */
  readonly training?: DatTraining;
  readonly orientation?: DatGraphOptions['orientation'];
  readonly checkpoint?: DatGraphOptions['checkpoint'];
}

/** The test that suits the types of a table's columns: Fisher's for numbers, G² for categories, Wilks' for both. */
export function suitableTest(table: Table): IndependenceTest {
  const kinds = new Set(table.columns.map(({ kind }) => kind));
  if (!kinds.has('discrete')) return fisherZ(table);
  return kinds.has('continuous') ? wilks(table) : chiSquare(table, { statistic: 'likelihood-ratio' });
}

/** Warnings about what a method makes of a table. */
function typeWarnings({ columns }: Table, method: DiscoverMethod): string[] {
  const many = columns
    .filter(({ kind, levels = [] }) => kind === 'discrete' && levels.length > 2)
    .map(({ name }) => name);
  const isAllDiscrete = columns.every(({ kind }) => kind === 'discrete');
  const readsNumbers = !(method === 'pc' || (isAllDiscrete && (method === 'ges' || method === 'hill-climb')));
  return readsNumbers && many.length > 0
    ? [`${method} takes the categories of ${many.join(', ')} for the numbers 0, 1, 2, … in the order of their names`]
    : [];
}

/**
 * Searches a table with a method by name, with the test or score that suits its columns. Continuous columns are z-scored first, so that no method
 * can read the order off the variances.
 *
 * @throws {EinlabError} `option`, for an unknown method; else what the method throws.
 */
export async function discover(table: Table, options: DiscoverOptions): Promise<Discovery> {
  const { method, key, knowledge, interventions, alpha = 0.01, signal, onProgress } = options;
  const scored = standardizeTable(table);
  const nodes = namesOf(table);
  const control = { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) };
  const shared = { ...control, ...(knowledge === undefined ? {} : { knowledge }) };
  const withRegimes = { ...shared, ...(interventions === undefined ? {} : { interventions }) };
  const isDiscrete = table.columns.every(({ kind }) => kind === 'discrete');
  const score = (): LocalScore =>
    isDiscrete ? bdeu(scored) : gaussianBic(scored, interventions === undefined ? {} : { interventions });
  const test = suitableTest(scored);
  const found = await (async (): Promise<Discovery> => {
    switch (method) {
      case 'dat-graph':
      case 'dat-lin':
        return datGraph(scored, {
          ...withRegimes,
          key,
          alpha,
          test: method === 'dat-lin' ? 'linear' : 'neural',
          ...(options.training === undefined ? {} : { training: options.training }),
          ...(options.orientation === undefined ? {} : { orientation: options.orientation }),
          ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
        });
      case 'pc':
        return pc(test, nodes, { ...shared, alpha });
      case 'ges':
        return ges(score(), nodes, { ...(isDiscrete ? shared : withRegimes), test });
      case 'hill-climb':
        return hillClimb(score(), nodes, { ...shared, test });
      case 'notears':
        return notears(scored, shared);
      case 'dagma':
        return dagma(scored, shared);
      case 'sdcd':
        return sdcd(scored, {
          ...withRegimes,
          key,
          ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
        });
      case 'direct-lingam':
        return directLingam(scored, shared);
      case 'sortnregress':
        return sortAndRegress(scored, { by: 'r-squared', ...(knowledge === undefined ? {} : { knowledge }) });
      default:
        throw new EinlabError(
          'option',
          `discover: the method is ${JSON.stringify(method)}; expected one of ${discoverMethods.join(', ')}`,
        );
    }
  })();
  const usesRegimes = ['dat-graph', 'dat-lin', 'ges', 'sdcd'].includes(method) && !(method === 'ges' && isDiscrete);
  const pooled =
    interventions !== undefined && !usesRegimes
      ? [`${method} does not know of interventions: all rows were pooled, which makes edges that are not there`]
      : [];
  return { ...found, warnings: [...typeWarnings(table, method), ...pooled, ...found.warnings] };
}
