import type { KernelCall } from '../kernels/kernel.ts';

/** What is known of the buffers that calls read and write. */
export interface BufferFacts {
  /** Bytes that the program itself must hold while the buffer lives; 0 for inputs and outputs, which others hold. */
  readonly temporaryBytes: readonly number[];
}

/**
 * The same units of work, each as early as it gives back at least the memory that it takes: a gradient that is an output
 * is computed as soon as what it is computed from is there, instead of keeping that until the end. Where no unit
 * does, the given order goes on.
 *
 * @param units - calls that stay together, in an order in which every buffer is written before it is read
 */
export function orderForMemory<C extends KernelCall>(
  units: readonly (readonly C[])[],
  { temporaryBytes }: BufferFacts,
): C[][] {
  const writerOf = new Map<number, number>();
  const readersOf = new Map<number, number[]>();
  const writes = units.map((calls) => new Set(calls.flatMap((call) => call.writes)));
  const reads = units.map((calls, unit) => {
    const all = new Set(calls.flatMap((call) => call.reads));
    return [...all].filter((buffer) => !writes[unit].has(buffer));
  });
  units.forEach((_, unit) => {
    for (const buffer of writes[unit]) writerOf.set(buffer, unit);
    for (const buffer of reads[unit]) readersOf.set(buffer, [...(readersOf.get(buffer) ?? []), unit]);
  });

  const isPlaced = new Uint8Array(units.length);
  const readersLeft = new Map([...readersOf].map(([buffer, readers]) => [buffer, readers.length]));
  const order: C[][] = [];

  const isReady = (unit: number): boolean =>
    reads[unit].every((buffer) => {
      const writer = writerOf.get(buffer);
      return writer === undefined || isPlaced[writer] === 1;
    });
  /** Bytes taken for what the unit writes, less bytes given back by what it is the last to read. */
  const growth = (unit: number): number => {
    let bytes = 0;
    for (const buffer of writes[unit]) bytes += temporaryBytes[buffer];
    for (const buffer of reads[unit]) if (readersLeft.get(buffer) === 1) bytes -= temporaryBytes[buffer];
    return bytes;
  };
  const place = (unit: number): void => {
    isPlaced[unit] = 1;
    order.push([...units[unit]]);
    for (const buffer of reads[unit]) readersLeft.set(buffer, (readersLeft.get(buffer) ?? 1) - 1);
  };

  units.forEach((_, next) => {
    if (isPlaced[next] === 1) return;
    place(next);
    // What became ready, or became the last reader of something, may follow at once.
    for (let recent = [next]; recent.length > 0; ) {
      const touched = new Set(recent.flatMap((unit) => [...writes[unit], ...reads[unit]]));
      const candidates = new Set([...touched].flatMap((buffer) => readersOf.get(buffer) ?? []));
      recent = [];
      for (const unit of [...candidates].sort((a, b) => a - b)) {
        if (isPlaced[unit] === 1 || !isReady(unit) || growth(unit) > 0) continue;
        place(unit);
        recent.push(unit);
      }
    }
  });
  return order;
}
