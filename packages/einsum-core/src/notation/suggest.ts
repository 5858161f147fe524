/** Edits (insert, delete, replace one character) that turn `a` into `b`: Levenshtein's distance, two rows. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 0; i < a.length; i++) {
    const current = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = previous[j] + (a[i] === b[j] ? 0 : 1);
      current.push(Math.min(replaced, previous[j + 1] + 1, current[j] + 1));
    }
    previous = current;
  }
  return previous[b.length];
}

/**
 * The candidate closest to a misspelled name, or `undefined` when none is close.
 *
 * Close means at most one edit for each three characters, at least one, and never the whole name.
 */
export function suggest(name: string, candidates: readonly string[]): string | undefined {
  const allowed = Math.min(Math.max(1, Math.floor(name.length / 3)), name.length - 1);
  let best: string | undefined;
  let bestDistance = allowed + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
