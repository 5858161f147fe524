/** What contractions with batch axes need besides: products of matrices do without. */
type BatchParts = typeof import('./batch-parts.ts');

let parts: BatchParts | undefined;

/** Loads what contractions with batch axes need; to be awaited before the first is scheduled. */
export async function loadBatchParts(): Promise<void> {
  parts ??= await import('./batch-parts.ts');
}

/** What was loaded. */
export function batchParts(): BatchParts {
  if (parts === undefined) throw new RangeError('a contraction with batch axes needs loadBatchParts() first');
  return parts;
}
