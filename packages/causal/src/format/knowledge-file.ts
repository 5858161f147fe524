import type { Edge } from '../graph/graph.ts';
import { fileError, shown } from './place.ts';

/** Knowledge as a file states it; see `Knowledge` of the searches. */
export interface KnowledgeText {
  readonly tiers: readonly (readonly string[])[];
  readonly closedTiers: readonly number[];
  readonly required: readonly Edge[];
  readonly forbidden: readonly Edge[];
}

/**
 * Reads Tetrad's knowledge file: after `/knowledge`, the sections `addtemporal` (`1 x y`, `2* z`: a number, a star for a tier whose
 * members do not act on each other, names), `forbiddirect` and `requiredirect` (`x y` on each line).
 *
 * @throws {EinlabError} `file`, with the line.
 */
export function readKnowledge(text: string): KnowledgeText {
  const format = 'knowledge';
  const tiers = new Map<number, string[]>();
  const closed = new Set<number>();
  const lists: Record<'forbiddirect' | 'requiredirect', Edge[]> = { forbiddirect: [], requiredirect: [] };
  let section: 'addtemporal' | 'forbiddirect' | 'requiredirect' | undefined;
  let hasHead = false;
  text.split(/\r?\n/).forEach((line, at) => {
    const said = line.replace(/(?:#|\/\/).*$/, '').trim();
    const place = { line: at + 1, column: 1 };
    if (said === '') return;
    if (said === '/knowledge') {
      hasHead = true;
      return;
    }
    if (!hasHead) throw fileError(format, place, `${shown(said)} stands before "/knowledge"`);
    if (said === 'addtemporal' || said === 'forbiddirect' || said === 'requiredirect') {
      section = said;
      return;
    }
    const words = said.split(/[\s,]+/);
    if (section === undefined)
      throw fileError(
        format,
        place,
        `${shown(said)} is in no section; expected addtemporal, forbiddirect or requiredirect`,
      );
    if (section === 'addtemporal') {
      const [, number, star] = /^(\d+)(\*?)$/.exec(words[0]) ?? [];
      if (number === undefined) throw fileError(format, place, `${shown(words[0])} is no number of a tier`);
      const tier = Number(number);
      if (tier > 10_000) throw fileError(format, place, `the tier ${tier} is larger than 10000`);
      if (star === '*') closed.add(tier);
      tiers.set(tier, [...(tiers.get(tier) ?? []), ...words.slice(1)]);
    } else {
      const names = words.filter((word) => word !== '-->' && word !== '->');
      if (names.length !== 2) throw fileError(format, place, `${shown(said)} has ${names.length} names; expected two`);
      lists[section].push([names[0], names[1]]);
    }
  });
  if (!hasHead) throw fileError(format, { line: 1, column: 1 }, 'there is no line "/knowledge"');
  const numbers = [...tiers.keys()].sort((a, b) => a - b);
  return {
    tiers: numbers.map((tier) => tiers.get(tier) ?? []),
    closedTiers: numbers.flatMap((tier, at) => (closed.has(tier) ? [at] : [])),
    required: lists.requiredirect,
    forbidden: lists.forbiddirect,
  };
}

/** Writes Tetrad's knowledge file. */
export function writeKnowledge({ tiers, closedTiers, required, forbidden }: KnowledgeText): string {
  const pairs = (edges: readonly Edge[]): string => edges.map(([from, to]) => `${from} ${to}\n`).join('');
  const lines = tiers.map((tier, at) => `${at + 1}${closedTiers.includes(at) ? '*' : ''} ${tier.join(' ')}\n`).join('');
  return `/knowledge\naddtemporal\n\n${lines}\nforbiddirect\n\n${pairs(forbidden)}\nrequiredirect\n\n${pairs(required)}`;
}
