import { checkResult } from '../../harness/check.ts';
import { type Contestant, contest, type Timing } from '../../harness/contest.ts';
import type { Task } from '../../work/task.ts';
import { type Lab, opened, withMissing } from './lab.ts';

/** A task on some engines, each in the way that suits it best; an engine without a way is left out; others may join in. */
export async function timeTask(
  lab: Lab,
  names: readonly string[],
  task: Task,
  others: readonly Contestant[] = [],
): Promise<Record<string, Timing>> {
  const entered = opened(lab, names)
    .map((peer) => ({ name: peer.name, candidates: peer.ways(task) }))
    .filter(({ candidates }) => candidates.length > 0);
  const exact = await task.exact();
  const check = (got: ArrayLike<number>) => checkResult(got, exact, task.terms);
  const able = names.filter(
    (name) => entered.some((entry) => entry.name === name) || lab.peers.every((peer) => peer.name !== name),
  );
  const timings = await contest([...entered, ...others], check, lab.turns);
  return withMissing(lab, [...able, ...others.map(({ name }) => name)], timings);
}
