// Run where only the tarballs are installed: the command starts, plans a contraction, and refuses a wrong pattern.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

/** Runs the installed command. */
function einlab(...args) {
  return spawnSync('einlab', args, { encoding: 'utf8' });
}

assert.equal(einlab('--help').status, 0);
const plan = einlab('einsum', 'b i, i j, j k -> b k', '64,512', '512,512', '512,8');
assert.equal(plan.status, 0, plan.stderr);
assert.notEqual(plan.stdout, '');
const wrong = einlab('einsum', 'bi,ij->bq', '2,3', '3,4');
assert.equal(wrong.status, 2);
assert.match(wrong.stderr, /\^/);
