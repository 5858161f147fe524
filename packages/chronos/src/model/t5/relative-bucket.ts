/** How relative positions share rows of a table. */
export interface BucketOptions {
  /** Half of the buckets are for keys behind the query; else keys behind it count as distance 0. */
  readonly bidirectional: boolean;
  readonly buckets: number;
  /** From this distance on all positions share the last bucket. */
  readonly maxDistance: number;
}

/**
 * The bucket of a relative position: one for each small distance, then wider and wider ones.
 *
 *   a < exact:  base + a
 *   else:       base + min(n − 1, exact + ⌊ln(a/exact)/ln(maxDistance/exact) · (n − exact)⌋),   exact = n/2
 *
 * @param relative - position of the key − position of the query
 * @remarks The logarithms are f32, as trained models have them; in f64 some distances at a border would change their bucket.
 * @see Raffel et al. 2020, "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer", §2.1
 */
export function relativeBucket(relative: number, { bidirectional, buckets, maxDistance }: BucketOptions): number {
  const own = bidirectional ? Math.floor(buckets / 2) : buckets;
  const base = bidirectional && relative > 0 ? own : 0;
  const distance = bidirectional ? Math.abs(relative) : Math.max(-relative, 0);
  const exact = Math.floor(own / 2);
  if (distance < exact) return base + distance;
  const f = Math.fround;
  const share = f(f(f(Math.log(f(distance / exact))) / f(Math.log(maxDistance / exact))) * f(own - exact));
  return base + Math.min(own - 1, exact + Math.trunc(share));
}
