import { it } from 'vitest';
import type {} from './meta.ts';

/** A statement with its check, as the families of laws list them. */
export interface DeclaredLaw {
  readonly name: string;
  /** What it is a law of. */
  readonly subject?: string;
  /** Throws where the law does not hold. */
  run(): void | Promise<void>;
}

/** Declares a vitest test for each law, and records what it is a law of for the reporter. */
export function itLaws(laws: readonly DeclaredLaw[]): void {
  for (const { name, subject = '', run } of laws) {
    it(name, async ({ task }) => {
      task.meta.law = subject;
      await run();
    });
  }
}
