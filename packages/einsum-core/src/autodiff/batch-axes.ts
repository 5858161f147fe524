import { optionError } from '../base/errors.ts';
import { isBranch, treeEntries } from '../base/tree.ts';

/** An axis, or `null` for none, for every tensor below here; or records and arrays that say it for each of their entries. */
export type BatchAxes = number | null | readonly BatchAxes[] | { readonly [name: string]: BatchAxes };

/** A leaf of a tree with the axis that holds for it. */
export interface PlacedLeaf {
  readonly leaf: unknown;
  readonly axis: number | null;
  /** What the leaf is, in words of an error. */
  readonly where: string;
}

type Option = 'inAxes' | 'outAxes';

/** `argument 0, "blocks.weight"`, or `result "logits"`. */
function nameOf(path: string, option: Option): string {
  if (option === 'outAxes') return path === '' ? 'the result' : `result "${path}"`;
  const [argument, ...rest] = path.split('.');
  if (argument === '') return 'the arguments';
  return `argument ${argument}${rest.length === 0 ? '' : `, "${rest.join('.')}"`}`;
}

/**
 * The leaves of a tree in order, each with its axis.
 *
 * @param axes - a number, `null`, or a tree whose branches are the first branches of `tree`
 * @param tree - the list of arguments for `inAxes`, else the result
 * @throws {EinlabError} `option` where an entry of the tree has no axis, or an axis no entry
 */
export function placeAxes(axes: unknown, tree: unknown, option: Option, path = ''): PlacedLeaf[] {
  if (tree === null || tree === undefined) return [];
  if (axes === null || (typeof axes === 'number' && Number.isInteger(axes))) {
    return treeEntries(tree, path).map(([at, leaf]) => ({ leaf, axis: axes, where: nameOf(at, option) }));
  }
  if (!isBranch(axes) || !isBranch(tree)) {
    const found = axes === undefined ? 'missing' : isBranch(axes) ? 'a tree' : String(axes);
    throw optionError(`vmap: ${option} is ${found} for ${nameOf(path, option)}; expected an axis or null`, { path });
  }
  const under = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const stray = Object.keys(axes).find((key) => !Object.hasOwn(tree, key));
  if (stray !== undefined)
    throw optionError(`vmap: ${option} speaks of ${nameOf(under(stray), option)}, which is not there`, { path });
  const given = new Map(Object.entries(axes));
  return Object.entries(tree).flatMap(([key, child]) => placeAxes(given.get(key), child, option, under(key)));
}
