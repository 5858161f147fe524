import { inputError } from '../command-error.ts';

/** Widths as they were asked for: for every structure, and for single ones. */
export interface WidthChoice {
  /** For structures that `of` does not name. */
  readonly all: readonly number[];
  readonly of: Readonly<Record<string, readonly number[]>>;
}

const refuse = (text: string, culprit: string): never => {
  throw inputError(
    `einlab compare: --widths is ${JSON.stringify(text)}: ${culprit}; expected widths ≥ 1 such as 64,128 for every structure, or dense=64,96,btt=196`,
  );
};

/**
 * Reads widths: `64,128` for every structure, `dense=64,96,btt=196` for single ones; a number without a name belongs to
 * the last name before it.
 */
export function readWidths(text: string): WidthChoice {
  const all: number[] = [];
  const of: Record<string, number[]> = {};
  let current = all;
  for (const part of text.split(',').map((each) => each.trim())) {
    const [, name, number] = /^(?:([^=]*)=)?(.*)$/.exec(part) ?? [];
    if (name !== undefined) {
      if (name === '' || Object.hasOwn(of, name))
        refuse(text, name === '' ? 'a name is missing before =' : `${name} is there twice`);
      current = of[name] = [];
    }
    const width = /^\d+$/.test(number ?? '') ? Number(number) : 0;
    if (width < 1 || width > 65536) refuse(text, `${JSON.stringify(number)} is no width from 1 to 65536`);
    if (current.includes(width)) refuse(text, `${width} is there twice`);
    current.push(width);
  }
  return { all, of };
}

/**
 * The width whose cost is nearest to a target, in ratio.
 *
 * @param multipleOf - the widths that can be taken, such as the number of attention heads
 * @param cost - multiply-accumulates at a width; rises with it, if not at every step
 */
export function nearestWidth(target: number, multipleOf: number, cost: (width: number) => number): number {
  let best = multipleOf;
  let distance = Number.POSITIVE_INFINITY;
  // Padding can make a wider layer cheaper than its neighbor, so the search goes on a little past the target.
  for (let width = multipleOf; ; width += multipleOf) {
    const here = cost(width);
    const ratio = Math.abs(Math.log(here / target));
    if (ratio < distance) {
      best = width;
      distance = ratio;
    }
    if (here > 4 * target || width >= 8192) return best;
  }
}
