import { checkResult } from '../../harness/check.ts';
import { contest, type Timing } from '../../harness/contest.ts';
import type { Task } from '../../work/task.ts';
import { type Lab, opened, withMissing } from './lab.ts';

/** A task on some engines, each in the way that suits it best; an engine without a way is left out. */
export async function timeTask(lab: Lab, names: readonly string[], task: Task): Promise<Record<string, Timing>> {
  const entered = opened(lab, names)
    .map((peer) => ({ name: peer.name, candidates: peer.ways(task) }))
    .filter(({ candidates }) => candidates.length > 0);
  const check = (got: ArrayLike<number>) => checkResult(got, task.exact, task.terms);
  const able = names.filter(
    (name) => entered.some((entry) => entry.name === name) || lab.peers.every((peer) => peer.name !== name),
  );
  return withMissing(lab, able, await contest(entered, check, lab.turns));
}
