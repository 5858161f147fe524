import { EinlabError } from '@einlab/einsum-core';
import type { CallOptions } from './family.ts';

/** Series between two reports of progress. */
const portion = 64;

/** A call whose series must stay together, as they learn from each other. */
type Together = CallOptions & { readonly crossLearning?: boolean };

/** Runs over items in portions, in order, with progress and an end at a signal. */
export async function inPortions<Item, Result>(
  items: readonly Item[],
  { crossLearning = false, onProgress, signal }: Together,
  run: (part: readonly Item[], first: number) => Promise<readonly Result[]>,
): Promise<Result[]> {
  const size = crossLearning ? Infinity : portion;
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += size) {
    signal?.throwIfAborted();
    results.push(...(await run(items.slice(first, first + size), first)));
    onProgress?.(results.length, items.length);
  }
  return results;
}

/** The same over items that come one after the other; their total is not known, so progress says how many there were so far. */
export async function* streamed<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  { crossLearning = false, onProgress, signal }: Together,
  run: (part: readonly Item[], first: number) => Promise<readonly Result[]>,
): AsyncGenerator<Result, void, undefined> {
  if (crossLearning) {
    throw new EinlabError(
      'option',
      'predictStream: crossLearning needs all series at once; expected predictQuantiles',
      {
        crossLearning,
      },
    );
  }
  let [part, first]: [Item[], number] = [[], 0];
  for await (const item of items) {
    part.push(item);
    if (part.length < portion) continue;
    signal?.throwIfAborted();
    yield* await run(part, first);
    first += part.length;
    part = [];
    onProgress?.(first, first);
  }
  signal?.throwIfAborted();
  if (part.length === 0) return;
  yield* await run(part, first);
  onProgress?.(first + part.length, first + part.length);
}
