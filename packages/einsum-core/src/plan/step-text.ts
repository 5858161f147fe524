import type { BoundEinsum } from '../notation/bind.ts';

/** Where the run of broadcast axes begins in a term: −1 when the term has none of them, `undefined` when not all. */
function runStart(axes: readonly number[], run: readonly number[]): number | undefined {
  if (!axes.some((axis) => run.includes(axis))) return -1;
  const start = axes.indexOf(run[0]);
  return run.every((axis, i) => axes[start + i] === axis) ? start : undefined;
}

/**
 * A step as pattern text, in the style of the pattern. Squeezed dimensions are left out. The broadcast axes are
 * `...` where each term has all of them or none, else `...0`, `...1`, with spaces between the names.
 */
export function stepText(
  inputs: readonly (readonly number[])[],
  output: readonly number[],
  bound: Pick<BoundEinsum, 'names' | 'pattern'>,
): string {
  const { names, pattern } = bound;
  const run = names.flatMap((name, axis) => (name.startsWith('...') ? [axis] : []));
  run.sort((a, b) => Number(names[a].slice(3)) - Number(names[b].slice(3)));
  const terms = [...inputs, output].map((axes) => axes.filter((axis) => axis >= 0));
  const starts = terms.map((axes) => runStart(axes, run));
  const folded = starts.every((start) => start !== undefined);
  const compact = pattern.style === 'compact' && folded;
  const texts = terms.map((axes, term) => {
    const text = axes.map((axis) => names[axis]);
    const start = starts[term] ?? -1;
    if (folded && start >= 0) text.splice(start, run.length, '...');
    return text.join(compact ? '' : ' ');
  });
  const left = texts.slice(0, -1).join(compact ? ',' : ', ');
  const right = texts[texts.length - 1];
  return compact ? `${left}->${right}` : `${left} -> ${right}`.trim();
}
