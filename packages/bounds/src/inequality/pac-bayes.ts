import { assertCount, assertFailure, optionFailure } from '../base/check.ts';
import type { Nats } from '../base/units.ts';
import { type Bound, type BoundMethod, priorAssumption } from './bound.ts';
import { klInverse } from './kl-inverse.ts';
import { minimizeOn } from './minimize.ts';

/** What a PAC-Bayes bound on losses in [0, 1] is computed from. */
export interface PacBayesInput {
  /** r̂, the empirical risk in [0, 1]. */
  readonly risk: number;
  /** KL(Q‖P); for one hypothesis ln 1/P(h). */
  readonly divergence: Nats;
  /** n, independent examples. */
  readonly count: number;
  /** δ; default 0.05. */
  readonly failureProbability?: number;
}

interface Checked {
  readonly risk: number;
  readonly divergence: number;
  readonly count: number;
  readonly failure: number;
}

function checked(where: string, { risk, divergence, count, failureProbability = 0.05 }: PacBayesInput): Checked {
  if (!(risk >= 0 && risk <= 1)) throw optionFailure(where, 'risk', risk, 'a number in [0, 1]');
  if (!(divergence >= 0 && Number.isFinite(divergence)))
    throw optionFailure(where, 'divergence in nats', divergence, 'a finite number ≥ 0');
  assertCount(where, 'count', count);
  assertFailure(where, failureProbability);
  return { risk, divergence, count, failure: failureProbability };
}

function result(method: BoundMethod, value: number, { risk, failure }: Checked, more: readonly string[] = []): Bound {
  return {
    value,
    terms: { risk, complexity: value - risk, sampling: 0 },
    failureProbability: failure,
    method,
    assumptions: [
      'examples are independent and come from one distribution, with losses in [0, 1]',
      ...more,
      priorAssumption,
    ],
  };
}

/**
 * Φ_a⁻¹(q) = (1 − e^(−a·q)) / (1 − e^(−a)), Catoni's map from a tilted risk to a bound.
 * @see Catoni 2007, "PAC-Bayesian Supervised Classification"
 */
export const catoniInverse = (a: number, q: number): number => Math.expm1(-a * q) / Math.expm1(-a);

/**
 * Catoni's bound with a temperature λ that was fixed before the data: R ≤ Φ⁻¹_{λ/n}(r̂ + (KL + ln 1/δ)/λ).
 * @throws {EinlabError} `option`
 */
export function catoniBound(input: PacBayesInput & { readonly temperature: number }): Bound {
  const given = checked('catoniBound', input);
  const { temperature } = input;
  if (!(temperature > 0 && Number.isFinite(temperature)))
    throw optionFailure('catoniBound', 'temperature', temperature, 'a finite number > 0');
  const tilted = given.risk + (given.divergence - Math.log(given.failure)) / temperature;
  return result('catoni', Math.min(1, catoniInverse(temperature / given.count, tilted)), given, [
    'the temperature was fixed before the data were seen',
  ]);
}

/**
 * Catoni's bound with a union over the temperatures (1 + a)^j, a = 10⁻⁴:
 *
 *   R ≤ min over g in (0, 4 + ln n) of Φ⁻¹_{e^g/n}(r̂ + (1 + a)·e^−g·(KL + ln 1/δ + 2 ln(2 + g/ln(1 + a))))
 *
 * @throws {EinlabError} `option`
 * @see Lotfi et al. 2022, "PAC-Bayes Compression Bounds So Tight That They Can Explain Generalization"
 * @remarks The search stays inside the interval. An unbounded one runs off to large temperatures for large risks, where the value is 1.
 */
export function catoniUnionBound(input: PacBayesInput & { readonly gridRatio?: number }): Bound {
  const given = checked('catoniUnionBound', input);
  const { gridRatio = 1e-4 } = input;
  if (!(gridRatio > 0 && gridRatio <= 1))
    throw optionFailure('catoniUnionBound', 'gridRatio', gridRatio, 'a number in (0, 1]');
  const spacing = Math.log1p(gridRatio);
  const cost = given.divergence - Math.log(given.failure);
  const at = (g: number): number =>
    catoniInverse(
      Math.exp(g) / given.count,
      given.risk + (1 + gridRatio) * Math.exp(-g) * (cost + 2 * Math.log(2 + g / spacing)),
    );
  const { value } = minimizeOn(at, 1e-9, 4 + Math.log(given.count));
  return result('catoni', Math.min(1, value), given);
}

/**
 * McAllester's bound, r̂ + √((KL + ln(2√n/δ))/(2n)) with Maurer's constant; `published` is r̂ + √((KL + ln n + ln 1/δ)/(2n − 1)).
 * @throws {EinlabError} `option`
 * @see McAllester 1999; Maurer 2004, "A note on the PAC Bayesian theorem"
 */
export function mcAllesterBound(input: PacBayesInput & { readonly form?: 'maurer' | 'published' }): Bound {
  const given = checked('mcAllesterBound', input);
  const { risk, divergence, count, failure } = given;
  const root =
    input.form === 'published'
      ? Math.sqrt((divergence + Math.log(count) - Math.log(failure)) / (2 * count - 1))
      : Math.sqrt((divergence + maurerLog(count, failure)) / (2 * count));
  return result('mcallester', risk + root, given);
}

/**
 * The bound by the inverse of the binary divergence: kl(r̂‖R) ≤ (KL + ln(2√n/δ))/n for any posterior (`maurer`, the default);
 * for single hypotheses of a countable class (`finite`) kl(r̂‖R) ≤ (ln 1/P(h) + ln 1/δ)/n.
 * @throws {EinlabError} `option`
 * @see Seeger 2002; Maurer 2004; Langford 2005 for the finite form
 */
export function klBound(input: PacBayesInput & { readonly form?: 'maurer' | 'finite' }): Bound {
  const given = checked('klBound', input);
  const { risk, divergence, count, failure } = given;
  const extra = input.form === 'finite' ? -Math.log(failure) : maurerLog(count, failure);
  return result('kl', klInverse(risk, (divergence + extra) / count), given);
}

/**
 * The quasiconvex bound r̂/(1 − λ/2) + (KL + ln(2√n/δ))/(nλ(1 − λ/2)) at its best λ = 2/(1 + √(1 + 2n·r̂/(KL + ln(2√n/δ)))).
 * @throws {EinlabError} `option`
 * @see Thiemann et al. 2017, "A Strongly Quasiconvex PAC-Bayesian Bound"
 */
export function convexityBound(input: PacBayesInput): Bound {
  const given = checked('convexityBound', input);
  const { risk, divergence, count, failure } = given;
  const cost = divergence + maurerLog(count, failure);
  const lambda = 2 / (1 + Math.sqrt(1 + (2 * count * risk) / cost));
  return result('convexity', risk / (1 - lambda / 2) + cost / (count * lambda * (1 - lambda / 2)), given);
}

/** ln(2√n/δ) */
const maurerLog = (count: number, failure: number): number => Math.log(2) + Math.log(count) / 2 - Math.log(failure);
