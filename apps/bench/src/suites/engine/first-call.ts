import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { atMost, type RowPlan } from './lab.ts';

/** What the process of its own prints: milliseconds. */
export interface FirstCall {
  /** The first call of the compiled step, its run included. */
  readonly first: number;
  /** A later call. */
  readonly later: number;
}

async function firstCall(): Promise<FirstCall> {
  const script = fileURLToPath(new URL('./first-call-process.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, script]);
  return JSON.parse(stdout);
}

const row: RowPlan = {
  group: 'first call',
  name: 'build, emit and compile the training step of the transformer',
  async measure(lab) {
    const runs: FirstCall[] = [];
    for (let i = 0; i < (lab.isQuick ? 1 : 3); i++) runs.push(await firstCall());
    const beyond = Math.min(...runs.map(({ first, later }) => first - later));
    const quantity = 'milliseconds of the first call in a fresh process beyond a later one';
    const notes = runs.map(
      ({ first, later }) => `first call ${first.toFixed(0)} ms, later ones ${later.toFixed(0)} ms`,
    );
    return {
      engines: {},
      criteria: [atMost('must', 1500, quantity, beyond), atMost('aim', 400, quantity, beyond)],
      notes,
    };
  },
};

/** What the first call of a large program takes. */
export const firstCallRows: readonly RowPlan[] = [row];
