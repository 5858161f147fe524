import type { QuantileForecast } from '../forecast/quantile-forecast.ts';
import { type Baseline, checkedOptions, filled } from './baseline.ts';
import { gaussianForecast } from './gaussian-forecast.ts';
import { naive } from './naive.ts';
import { nelderMead } from './nelder-mead.ts';

/** Which parts a model of exponential smoothing has. Errors are additive. */
interface EtsForm {
  readonly trend: 'none' | 'additive' | 'damped';
  readonly seasonal: boolean;
}

/** Smoothing parameters, each in (0, 1). */
interface Smoothing {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly phi: number;
}

/** The state after the last value, and the errors on the way. */
interface EtsFit {
  readonly form: EtsForm;
  readonly smoothing: Smoothing;
  readonly level: number;
  readonly slope: number;
  readonly pattern: Float64Array;
  readonly variance: number;
  readonly aicc: number;
}

const forms: readonly EtsForm[] = (['none', 'additive', 'damped'] as const).flatMap((trend) =>
  [false, true].map((seasonal) => ({ trend, seasonal })),
);

/** A season longer than this is too much for an exponential smoothing of its own. */
const longestSeason = 60;

const squash = (x: number): number => 1 / (1 + Math.exp(-x));

/** Free numbers as smoothing parameters that keep the model admissible: β < α, γ < 1 − α, φ in (0.8, 0.98). */
function smoothingOf(form: EtsForm, free: readonly number[]): Smoothing {
  const alpha = 1e-4 + 0.9998 * squash(free[0]);
  return {
    alpha,
    beta: form.trend === 'none' ? 0 : alpha * squash(free[1]),
    gamma: form.seasonal ? (1 - alpha) * squash(free[2]) : 0,
    phi: form.trend === 'damped' ? 0.8 + 0.18 * squash(free[3]) : form.trend === 'additive' ? 1 : 0,
  };
}

/** Runs the recursions in error-correction form from a first guess of the state, and scores the one-step errors. */
function run(values: Float64Array, season: number, form: EtsForm, smoothing: Smoothing): EtsFit {
  const { alpha, beta, gamma, phi } = smoothing;
  const start = Math.min(values.length, form.seasonal ? 2 * season : 10);
  const mean = (from: number, to: number): number =>
    values.subarray(from, to).reduce((a, b) => a + b, 0) / Math.max(1, to - from);
  const first = mean(0, form.seasonal ? season : start);
  const pattern = form.seasonal ? values.slice(0, season).map((value) => value - first) : new Float64Array(1);
  let level = form.seasonal ? first : form.trend === 'none' ? first : values[0];
  let slope =
    form.trend === 'none'
      ? 0
      : form.seasonal
        ? (mean(season, 2 * season) - first) / season
        : (values[start - 1] - values[0]) / Math.max(1, start - 1);
  const period = pattern.length;
  let squares = 0;
  const begin = form.seasonal ? season : 1;
  for (let t = form.seasonal ? season : form.trend === 'none' ? 0 : 1; t < values.length; t++) {
    const expected = level + phi * slope + pattern[t % period];
    const error = values[t] - expected;
    if (t >= begin) squares += error * error;
    level += phi * slope + alpha * error;
    slope = phi * slope + beta * error;
    if (form.seasonal) pattern[t % period] += gamma * error;
  }
  const count = Math.max(1, values.length - begin);
  const variance = squares / count;
  const free =
    2 + (form.trend === 'none' ? 0 : 2) + (form.trend === 'damped' ? 1 : 0) + (form.seasonal ? season + 1 : 0);
  const penalty = count - free - 1 > 0 ? (2 * free * count) / (count - free - 1) : Infinity;
  const aicc = count * Math.log(Math.max(variance, 1e-300)) + penalty;
  return { form, smoothing, level, slope, pattern, variance, aicc };
}

function smoothed(values: Float64Array, season: number, form: EtsForm): EtsFit {
  // all four numbers are always searched, the unused ones being flat directions, so that one start serves every form
  const used = [
    0,
    ...(form.trend === 'none' ? [] : [1]),
    ...(form.seasonal ? [2] : []),
    ...(form.trend === 'damped' ? [3] : []),
  ];
  const spread = (point: readonly number[]): number[] => {
    const all = [0, -2, -2, 1];
    used.forEach((which, i) => {
      all[which] = point[i];
    });
    return all;
  };
  const { point } = nelderMead(
    (free) => run(values, season, form, smoothingOf(form, spread(free))).variance,
    used.map((which) => [0, -2, -2, 1][which]),
    { step: 1, evaluations: 120 * used.length },
  );
  return run(values, season, form, smoothingOf(form, spread(point)));
}

/** Means and the class-1 variances: σ²(1 + Σ_{j<h} c_j²), c_j = α + β(φ + … + φʲ) + γ·[j is a whole season]. */
function forecastOf(model: EtsFit, values: Float64Array, horizon: number, levels: readonly number[]): QuantileForecast {
  const { alpha, beta, gamma, phi } = model.smoothing;
  const period = model.pattern.length;
  const [mean, variance] = [new Float64Array(horizon), new Float64Array(horizon)];
  let [damping, spread] = [0, 1];
  for (let step = 0; step < horizon; step++) {
    damping += phi ** (step + 1);
    variance[step] = spread * model.variance;
    const c = alpha + beta * damping + (model.form.seasonal && (step + 1) % period === 0 ? gamma : 0);
    spread += c * c;
    mean[step] = model.level + damping * model.slope + model.pattern[(values.length + step) % period];
  }
  return gaussianForecast(mean, (step) => Math.sqrt(variance[step]), levels);
}

/**
 * Exponential smoothing with additive errors, chosen by AICc among: no, additive or damped trend, without or with an additive season. Series above 0 are also
 * tried in logarithms, which makes trend, season and errors multiplicative.
 *
 * @remarks Parameters are those of the least one-step squares, from first states guessed from the first seasons. A season above 60 steps, or less than two
 *   seasons of history, is left out. Fewer than 4 values are forecast by `naive`. Quantiles in logarithms are exponentials of quantiles.
 * @see Hyndman, Koehler, Ord, Snyder 2008, "Forecasting with Exponential Smoothing", ch. 2 and 6
 */
export const ets: Baseline = (history, options) => {
  const { horizon, season, levels } = checkedOptions('ets', options);
  const values = filled(history);
  if (values.length < 4) return naive(history, options);
  const isSeasonalAllowed = season > 1 && season <= longestSeason && values.length >= 2 * season + 4;
  const allowed = forms.filter(({ seasonal }) => !seasonal || isSeasonalAllowed);
  const best = (of: Float64Array): EtsFit =>
    allowed.map((form) => smoothed(of, season, form)).reduce((a, b) => (b.aicc < a.aicc ? b : a));
  const plain = best(values);
  if (!values.every((value) => value > 0)) return forecastOf(plain, values, horizon, levels);
  const logs = values.map(Math.log);
  const logarithmic = best(logs);
  // densities of the two are compared in the units of the series: d ln y = dy/y
  const jacobian = 2 * logs.reduce((a, b) => a + b, 0);
  if (logarithmic.aicc + jacobian >= plain.aicc) return forecastOf(plain, values, horizon, levels);
  const { quantiles, mean } = forecastOf(logarithmic, logs, horizon, levels);
  return { levels, quantiles: quantiles.map((row) => row.map(Math.exp)), mean: mean.map(Math.exp) };
};
