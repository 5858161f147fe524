import type { Peer } from '../peers/peer.ts';
import { contractExactly, type Exact } from '../work/exact.ts';
import { termsOf, type Work } from '../work/work.ts';
import { type CheckReport, checkResult } from './check.ts';
import type { Contestant } from './contest.ts';

/** Engines with the ways that each has to do a contraction. */
export function contestants(peers: readonly Peer[], work: Work, operands: readonly Float32Array[]): Contestant[] {
  return peers.map((peer) => ({
    name: peer.name,
    candidates: peer.forms(work).map((form) => ({ form: form.name, prepare: () => form.prepare(work, operands) })),
  }));
}

/** Results by works, which are measured more than once; the operands of a work are always the same. */
const exacts = new WeakMap<Work, Exact>();

/** Compares results with the contraction done by plain loops in f64. */
export function exactCheck(work: Work, operands: readonly Float32Array[]): (got: ArrayLike<number>) => CheckReport {
  const exact = exacts.get(work) ?? contractExactly(work, operands);
  exacts.set(work, exact);
  return (got) => checkResult(got, exact, termsOf(work));
}
