import type { SearchProgress } from '@einlab/causal';
import { formatClock } from '../terminal/format.ts';
import { bar, createLiveLines, type TerminalStream } from '../terminal/live-lines.ts';

/** What is shown while a search goes on. */
export interface SearchView {
  show(progress: SearchProgress): void;
  note(line: string): void;
  end(): void;
}

/** Milliseconds between two lines where the stream is no terminal, and between two pictures where it is one. */
const [lineInterval, frameInterval] = [10_000, 100] as const;

/** A line that says how far a search is: drawn anew on a terminal, printed now and then elsewhere. */
export function createSearchView(stream: TerminalStream, now: () => number = Date.now): SearchView {
  const live = stream.isTTY === true ? createLiveLines(stream) : undefined;
  const began = now();
  let last = live === undefined ? began : 0;
  return {
    show({ phase, fraction }) {
      if (now() - last < (live === undefined ? lineInterval : frameInterval)) return;
      last = now();
      const clock = formatClock((now() - began) / 1000);
      if (live === undefined) stream.write(`${phase}: ${Math.round(100 * fraction)} % after ${clock}\n`);
      else live.draw([`${bar(fraction, 24)} ${phase}  ${clock}`]);
    },
    note(line) {
      live?.clear();
      stream.write(`${line}\n`);
    },
    end: () => live?.clear(),
  };
}
