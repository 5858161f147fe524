import { bytesOf, type LoweredProgram } from '../../../program/lower.ts';
import { orderForMemory } from '../../../program/order-for-memory.ts';
import type { PlacedCall } from '../contraction/stored-operands.ts';

/** What is written in so few bytes may be there from the start. */
const SMALL_BYTES = 1024;

/**
 * The same calls in an order that is again good for memory, after some have become one. What is small and read from
 * inputs alone comes first: an update waits for the rate of its step otherwise, and all gradients' operands with it.
 */
export function orderCalls(
  calls: readonly PlacedCall[],
  { buffers, outputs }: Pick<LoweredProgram, 'buffers' | 'outputs'>,
): PlacedCall[] {
  const handedOut = new Set(outputs);
  const isSmall = ({ reads, writes }: PlacedCall): boolean =>
    reads.every((buffer) => buffers[buffer].role === 'input') &&
    writes.every((buffer) => bytesOf(buffers[buffer]) <= SMALL_BYTES);
  const units = unitsOf(calls);
  const [small, large] = [true, false].map((is) => units.filter((unit) => unit.every(isSmall) === is));
  const temporaryBytes = buffers.map((buffer, n) =>
    buffer.role === 'input' || handedOut.has(n) ? 0 : bytesOf(buffer),
  );
  return orderForMemory([...small, ...large], { temporaryBytes }).flat();
}

/** Calls that write parts of one buffer stay together. */
function unitsOf(calls: readonly PlacedCall[]): PlacedCall[][] {
  const units: PlacedCall[][] = [];
  const written = new Set<number>();
  for (const call of calls) {
    const last = units.at(-1);
    if (last !== undefined && call.writes.some((buffer) => written.has(buffer))) last.push(call);
    else {
      units.push([call]);
      written.clear();
    }
    for (const buffer of call.writes) written.add(buffer);
  }
  return units;
}
