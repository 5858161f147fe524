/** Programs by key, at most so many: when there are more, the one that was used longest ago is let go of. */
export interface ProgramCache<Program> {
  /** Runs `work` with the program of this key, built at the first call; it is not let go of before `work` has ended. */
  use<Result>(
    key: string,
    build: () => Promise<Program>,
    work: (program: Program) => Result | Promise<Result>,
  ): Promise<Result>;
  /** Lets go of all programs, of those in use when they are done. */
  clear(): void;
}

interface Entry<Program> {
  readonly program: Promise<Program>;
  /** The program once it is there: a call need not wait for a promise then. */
  ready?: Program;
  users: number;
  /** False once the entry has left the cache. */
  held: boolean;
}

/**
 * An empty cache.
 *
 * @param limit - how many programs it holds
 * @param release - gives back what a program holds; called once for each, never while it is in use
 */
export function createProgramCache<Program>(limit: number, release: (program: Program) => void): ProgramCache<Program> {
  /** Least recently used first. */
  const entries = new Map<string, Entry<Program>>();

  const releaseIfDone = ({ program, users, held }: Entry<Program>): void => {
    // a program that could not be built holds nothing
    if (!held && users === 0) program.then(release, () => {});
  };
  const drop = (key: string, entry: Entry<Program>): void => {
    entries.delete(key);
    entry.held = false;
    releaseIfDone(entry);
  };
  const makeRoom = (): void => {
    for (const [key, entry] of entries) {
      if (entries.size < limit) return;
      drop(key, entry);
    }
  };
  /** What was used last need not be moved to the end again. */
  let newest: string | undefined;
  const entryOf = (key: string, build: () => Promise<Program>): Entry<Program> => {
    const known = entries.get(key);
    if (known !== undefined && key === newest) return known;
    newest = key;
    if (known === undefined) makeRoom();
    else entries.delete(key);
    const entry = known ?? { program: build(), users: 0, held: true };
    entries.set(key, entry);
    return entry;
  };

  return {
    async use(key, build, work) {
      const entry = entryOf(key, build);
      entry.users++;
      try {
        entry.ready ??= await entry.program.catch((error: unknown) => {
          // forgotten, so that the next call builds anew; unless that has happened already
          if (entries.get(key) === entry) entries.delete(key);
          throw error;
        });
        return await work(entry.ready);
      } finally {
        entry.users--;
        releaseIfDone(entry);
      }
    },
    clear() {
      for (const [key, entry] of entries) drop(key, entry);
    },
  };
}
