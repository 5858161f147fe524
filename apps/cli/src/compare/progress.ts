import { formatClock, formatMetric } from '../terminal/format.ts';
import { bar, createLiveLines, type TerminalStream } from '../terminal/live-lines.ts';
import { lossDigits, rowName } from './comparison-table.ts';
import { type RunSpec, runKey } from './spec.ts';

/** Where a run stands. */
interface Standing {
  readonly spec: RunSpec;
  /** Multiply-accumulates of the run per step: what its time is guessed from before it starts. */
  readonly work: number;
  step: number;
  loss: number;
  tokensPerSecond: number;
  /** Training time so far. */
  seconds: number;
  state: 'waiting' | 'running' | 'done';
}

/** What is shown while runs are trained. */
export interface Progress {
  stepped(spec: RunSpec, step: number, loss: number, seconds: number, tokens: number): void;
  finished(spec: RunSpec, loss: number): void;
  /** Shows a line that stays. */
  note(line: string): void;
  /** Removes what moves. */
  end(): void;
}

/** Milliseconds between two pictures on a terminal, and between two lines elsewhere. */
const frameInterval = 100;
const lineInterval = 15_000;

/** Share of a run's cost that does not depend on its multiply-accumulates: elementwise work, the optimizer. */
const fixedWork = 100_000;

/** Progress over all runs: bars on a terminal, a line now and then elsewhere. */
export function createProgress(
  stream: TerminalStream,
  runs: readonly { readonly spec: RunSpec; readonly macs: number }[],
  threads: number,
  now: () => number = Date.now,
): Progress {
  const standings = new Map<string, Standing>(
    runs.map(({ spec, macs }) => [
      runKey(spec),
      {
        spec,
        work: (macs + fixedWork) * spec.batch,
        step: 0,
        loss: Number.NaN,
        tokensPerSecond: 0,
        seconds: 0,
        state: 'waiting',
      },
    ]),
  );
  const live = stream.isTTY === true ? createLiveLines(stream) : undefined;
  const began = now();
  let shown = began;

  const show = (isForced: boolean): void => {
    if (!isForced && now() - shown < (live === undefined ? lineInterval : frameInterval)) return;
    shown = now();
    const lines = pictureOf([...standings.values()], threads, (now() - began) / 1000);
    if (live !== undefined) live.draw(lines);
    else stream.write(`${lines[0]?.replace(/^\[[^\]]*\] */, '') ?? ''}\n`);
  };
  const note = (line: string): void => {
    live?.clear();
    stream.write(`${line}\n`);
    if (live !== undefined) show(true);
  };
  const change = (spec: RunSpec, values: Partial<Standing>): void => {
    const standing = standings.get(runKey(spec));
    if (standing !== undefined) Object.assign(standing, values);
  };

  return {
    stepped(spec, step, loss, seconds, tokens) {
      change(spec, { state: 'running', step, loss, seconds, tokensPerSecond: tokens / seconds });
      show(false);
    },
    finished(spec, loss) {
      change(spec, { state: 'done', step: spec.steps });
      const done = [...standings.values()].filter(({ state }) => state === 'done').length;
      const seed = spec.seed;
      note(
        `${nameOf(spec).padEnd(24)} seed ${seed}   loss ${loss.toFixed(lossDigits(spec.task))}   (${done} of ${standings.size} runs)`,
      );
    },
    note,
    end: () => live?.clear(),
  };
}

const nameOf = (spec: RunSpec): string => `${rowName(spec)} ${spec.width}`;

/** Seconds of work left, from the speed of the runs so far. */
export function secondsLeft(
  standings: readonly Pick<Standing, 'spec' | 'work' | 'step' | 'seconds' | 'state'>[],
  threads: number,
): number {
  const timed = standings.filter(({ step, seconds }) => step > 0 && seconds > 0);
  const pace =
    timed.reduce((total, { seconds }) => total + seconds, 0) /
    timed.reduce((total, { work, step }) => total + work * step, 0);
  const left = standings
    .filter(({ state }) => state !== 'done')
    .map(({ spec, work, step, seconds }) => {
      const perStep = step >= 20 && seconds > 0 ? seconds / step : work * pace;
      return (spec.steps - step) * perStep;
    });
  const total = left.reduce((sum, each) => sum + each, 0);
  // A run stays on its thread, so the end is not before the longest one is through.
  return Math.max(total / Math.max(1, Math.min(threads, left.length)), ...left, 0);
}

/** The lines shown: all runs together, then the ones under way. */
function pictureOf(standings: readonly Standing[], threads: number, elapsed: number): readonly string[] {
  const work = (share: (each: Standing) => number): number =>
    standings.reduce((total, each) => total + each.work * share(each), 0);
  const fraction = work(({ step }) => step) / work(({ spec }) => spec.steps);
  const running = standings.filter(({ state }) => state === 'running');
  const speed = running.reduce((total, { tokensPerSecond }) => total + tokensPerSecond, 0);
  const unit = standings[0]?.spec.task === 'text' ? 'tokens/s' : 'examples/s';
  const left = secondsLeft(standings, threads);
  const head = `${bar(fraction, 24)} ${(100 * fraction).toFixed(0).padStart(3)} %   ${formatMetric(speed)} ${unit}   ${formatClock(elapsed)} gone   ${formatClock(left)} left`;
  return [
    head,
    ...running.map(({ spec, step, loss, tokensPerSecond }) => {
      const shownLoss = Number.isFinite(loss) ? loss.toFixed(lossDigits(spec.task)) : '…';
      const seed = standings.some((other) => other.spec.seed !== spec.seed) ? `  seed ${spec.seed}` : '';
      return `${bar(step / spec.steps, 24)} ${nameOf(spec)}${seed}   step ${step}/${spec.steps}   loss ${shownLoss}   ${formatMetric(tokensPerSecond)} ${unit}`;
    }),
  ];
}
