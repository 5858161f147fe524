/** One token's choice, as loops say it. */
export interface OracleChoice {
  /** The experts, best first. */
  readonly experts: readonly number[];
  /** Softmax over their logits, in the same order. */
  readonly weights: readonly number[];
}

/**
 * The choice of `topKRouter` by its definition: the k highest logits, of equal ones that whose turn comes first, counted from expert
 * k·token mod E.
 *
 * @param logits - of one token, one for each expert
 */
export function routingOracle(logits: readonly number[], token: number, k: number): OracleChoice {
  const count = logits.length;
  const turn = (expert: number): number => (((expert - k * token) % count) + count) % count;
  const order = logits.map((_, expert) => expert);
  order.sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || turn(a) - turn(b));
  const experts = order.slice(0, k);
  const largest = Math.max(...experts.map((expert) => logits[expert] ?? 0));
  const powers = experts.map((expert) => Math.exp((logits[expert] ?? 0) - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return { experts, weights: powers.map((power) => power / total) };
}

/**
 * Who is kept where an expert takes at most `limit` tokens, by the definition of each policy.
 *
 * @param chosen - for each token its experts, best first
 * @param weights - in the same places
 * @returns for each token and place whether it is kept
 */
export function capacityOracle(
  chosen: readonly (readonly number[])[],
  weights: readonly (readonly number[])[],
  { limit, drop }: { readonly limit: number; readonly drop: 'last' | 'later-choice' | 'lightest' },
): boolean[][] {
  const pairs = chosen.flatMap((experts, token) =>
    experts.map((expert, place) => ({ token, place, expert, weight: weights[token]?.[place] ?? 0 })),
  );
  const before = {
    last: (a: (typeof pairs)[number], b: (typeof pairs)[number]) => a.token - b.token,
    'later-choice': (a: (typeof pairs)[number], b: (typeof pairs)[number]) => a.place - b.place || a.token - b.token,
    lightest: (a: (typeof pairs)[number], b: (typeof pairs)[number]) => b.weight - a.weight || a.token - b.token,
  }[drop];
  const kept = chosen.map((experts) => experts.map(() => false));
  const taken = new Map<number, number>();
  for (const { token, place, expert } of [...pairs].sort(before)) {
    const count = taken.get(expert) ?? 0;
    taken.set(expert, count + 1);
    const row = kept[token];
    if (row !== undefined) row[place] = count < limit;
  }
  return kept;
}
