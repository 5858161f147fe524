/** Groups that an invocation moves of a long array, which needs no more invocations than a machine runs at once. */
const RUN = 8;
const ENOUGH_INVOCATIONS = 16384;

/** How the groups of each slice are shared: by `across` neighbors, of which the j-th has those at j + place. */
export interface GroupRuns {
  readonly across: number;
  readonly places: readonly number[];
}

/**
 * Shares the groups of slices out, one to an invocation, or several that lie apart, so that neighbors read what is side by side.
 *
 * @param groups - of a slice
 */
export function groupRuns(slices: number, groups: number): GroupRuns {
  const isLong = groups % RUN === 0 && slices * groups >= RUN * ENOUGH_INVOCATIONS;
  const across = isLong ? groups / RUN : groups;
  return { across, places: Array.from({ length: isLong ? RUN : 1 }, (_, n) => n * across) };
}
