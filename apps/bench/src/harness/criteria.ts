/** A demand on a figure: `must` decides whether the work is good enough, `aim` is what it could be. */
export interface Criterion {
  readonly level: 'must' | 'aim';
  /** What is measured, in words: `ours ÷ fastest peer`, `milliseconds`. */
  readonly quantity: string;
  /** Whether the figure should be at least or at most the threshold. */
  readonly better: 'higher' | 'lower';
  readonly threshold: number;
}

/** A demand beside the figure that was measured. */
export interface Judged extends Criterion {
  /** Absent where something that it takes is missing. */
  readonly measured?: number;
  /** Absent where nothing was measured. */
  readonly isMet?: boolean;
}

/** What a row says about this engine. */
export type Verdict = 'aim reached' | 'must reached' | 'short' | 'not measured';

/**
 * Compares a figure with a demand. A figure that is no finite number counts as not measured, so that a division by zero
 * never passes for a success.
 */
export function judge(criterion: Criterion, measured: number | undefined): Judged {
  if (measured === undefined || !Number.isFinite(measured)) return criterion;
  const { better, threshold } = criterion;
  return { ...criterion, measured, isMet: better === 'higher' ? measured >= threshold : measured <= threshold };
}

/** The demands of one row as one word: a single `must` that is missed, or not measured, outweighs everything that is met. */
export function verdictOf(judged: readonly Judged[]): Verdict {
  const musts = judged.filter(({ level }) => level === 'must');
  const aims = judged.filter(({ level }) => level === 'aim');
  if (musts.some(({ isMet }) => isMet === false)) return 'short';
  if (musts.length === 0 || musts.some(({ isMet }) => isMet === undefined)) return 'not measured';
  return aims.length > 0 && aims.every(({ isMet }) => isMet === true) ? 'aim reached' : 'must reached';
}

/** `must ≥ 1.5` */
export function criterionText({ level, better, threshold }: Criterion): string {
  return `${level} ${better === 'higher' ? '≥' : '≤'} ${Number(threshold.toPrecision(3))}`;
}
