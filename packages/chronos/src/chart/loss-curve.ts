import { EinlabError } from '@einlab/einsum-core';
import { escaped, picture, ticksOf, yGrid } from './chart-parts.ts';

/** What a curve shows. */
export interface LossCurve {
  readonly title: string;
  /** Losses of single batches, by rising steps. */
  readonly losses: readonly { readonly step: number; readonly loss: number }[];
  /** What a loss is, on the vertical axis; default `loss`. */
  readonly unit?: string;
}

const [width, height, left, right, top, bottom] = [880, 360, 72, 16, 52, 40];

/** Mean of a loss and those around it: a twentieth of the run on each side, less at the ends, so that it lags nowhere. */
function smoothed(losses: LossCurve['losses']): number[] {
  const reach = Math.floor(losses.length / 20);
  return losses.map((_, i) => {
    const half = Math.min(reach, i, losses.length - 1 - i);
    const around = losses.slice(i - half, i + half + 1);
    return around.reduce((total, { loss }) => total + loss, 0) / around.length;
  });
}

/**
 * The losses of a training run as SVG: a dot for each, and a line through their running mean.
 *
 * @throws {EinlabError} `data` for no losses, or one that is not finite
 */
export function lossCurve({ title, losses, unit = 'loss' }: LossCurve): string {
  const wrong = losses.find(({ loss }) => !Number.isFinite(loss));
  if (losses.length === 0 || wrong !== undefined) {
    throw new EinlabError(
      'data',
      wrong === undefined
        ? 'lossCurve: there are 0 losses; expected at least one'
        : `lossCurve: the loss at step ${wrong.step} is ${wrong.loss}; expected a finite number`,
      { losses: losses.length },
    );
  }
  const values = losses.map(({ loss }) => loss);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = least === most ? Math.max(1, Math.abs(least) / 10) : (most - least) * 0.05;
  const [low, high] = [least - margin, most + margin];
  const last = losses[losses.length - 1].step;
  const x = (step: number): string => (left + ((width - left - right) * step) / Math.max(1, last)).toFixed(1);
  const y = (value: number): string => (top + ((height - top - bottom) * (high - value)) / (high - low)).toFixed(1);
  const mean = smoothed(losses);
  return picture({ width, height }, title, [
    ...yGrid(ticksOf(low, high), y, { left, right: width - right }),
    ...ticksOf(0, Math.max(1, last)).map(
      (tick) => `<text x="${x(tick)}" y="${height - bottom + 18}" text-anchor="middle">${tick}</text>`,
    ),
    `<text x="${width - right}" y="${height - 6}" text-anchor="end">step</text>`,
    `<text x="${left}" y="${top - 10}">${escaped(unit)}</text>`,
    ...losses.map(({ step, loss }) => `<circle class="dot" cx="${x(step)}" cy="${y(loss)}" r="2"/>`),
    `<polyline class="ahead" points="${losses.map(({ step }, i) => `${x(step)},${y(mean[i])}`).join(' ')}"/>`,
  ]);
}
