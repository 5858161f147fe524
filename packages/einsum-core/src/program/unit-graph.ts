/**
 * Which units of work read which. A unit is a group of values or a single value; units that are merged forward to the
 * one that took them in, so that what was said of them stays true of it.
 */
export interface UnitGraph {
  /** The unit that stands for this one now. */
  resolve(unit: number): number;
  addReads(unit: number, reads: Iterable<number>): void;
  /** Whether `from` is `target` or reads it, directly or through others. */
  dependsOn(from: number, target: number): boolean;
  /** Whether `from` reads `target` through a third unit. */
  readsThroughOthers(from: number, target: number): boolean;
  /** Makes `unit` stand for `other` too. */
  absorb(unit: number, other: number): void;
}

/** A graph without units. */
export function createUnitGraph(): UnitGraph {
  const reads = new Map<number, Set<number>>();
  const forward = new Map<number, number>();

  const resolve = (unit: number): number => {
    let at = unit;
    for (let next = forward.get(at); next !== undefined; next = forward.get(at)) at = next;
    return at;
  };
  const readsOf = (unit: number): Set<number> => {
    let known = reads.get(unit);
    if (known === undefined) reads.set(unit, (known = new Set()));
    return known;
  };
  const dependsOn = (from: number, target: number): boolean => {
    const visited = new Set<number>();
    const stack = [from];
    for (let unit = stack.pop(); unit !== undefined; unit = stack.pop()) {
      if (unit === target) return true;
      if (visited.has(unit)) continue;
      visited.add(unit);
      for (const read of readsOf(unit)) stack.push(resolve(read));
    }
    return false;
  };
  return {
    resolve,
    dependsOn,
    addReads(unit, units) {
      const own = readsOf(unit);
      for (const read of units) own.add(read);
    },
    readsThroughOthers: (from, target) =>
      [...readsOf(from)].map(resolve).some((unit) => unit !== from && unit !== target && dependsOn(unit, target)),
    absorb(unit, other) {
      const own = readsOf(unit);
      for (const read of readsOf(other)) own.add(read);
      forward.set(other, unit);
    },
  };
}
