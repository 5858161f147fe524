import { EinlabError } from '@einlab/einsum-core';
import { type Chronos2Task, targetsOf } from '../model/chronos2/chronos2-task.ts';

/** The series of tasks that are nothing but series. @throws {EinlabError} `option` for a task with covariates or several targets */
export function seriesOfTasks(tasks: readonly Chronos2Task[], family: string): ArrayLike<number>[] {
  return tasks.map((task, i) => {
    const targets = targetsOf(task);
    const covariates = Object.keys(task.pastCovariates ?? {});
    if (targets.length !== 1 || covariates.length > 0) {
      throw new EinlabError(
        'option',
        `fit: task ${i} has ${targets.length} targets and the covariates ${covariates.join(', ') || 'none'}; a model of the family ${family} takes one series each`,
        { task: i, family },
      );
    }
    return targets[0];
  });
}
