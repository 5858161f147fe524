/**
 * How many times as long one takes as the other, from times taken in turns: the median over the turns of the ratio within each. A call of
 * seconds meets the machine at another pace than one of tenths, and the shortest of few calls of each need not be of the same minute; what one turn
 * compares is. The other's time is the mean of the one before and the one behind, between which the first ran.
 *
 * @param one - milliseconds of each turn
 * @param other - of the same turns, measured behind it; at least one
 */
export function pairedRatio(one: readonly number[], other: readonly number[]): number {
  const ratios = one
    .map((time, turn) => {
      const [before, behind] = [other[turn - 1], other[turn] ?? Number.NaN];
      return time / (before === undefined ? behind : (before + behind) / 2);
    })
    .toSorted((a, b) => a - b);
  const at = (index: number): number => ratios[index] ?? Number.NaN;
  return (at((ratios.length - 1) >> 1) + at(ratios.length >> 1)) / 2;
}
