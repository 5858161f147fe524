import { normal, type Rng, uniform, uniformInteger } from '@einlab/numerics';

/** A random pattern of one period with mean 0 and mean square 1. */
export function seasonShape(rng: Rng, period: number): Float64Array {
  const kind = uniform(rng);
  const raw = kind < 0.4 ? harmonics(rng, period) : kind < 0.75 ? smoothed(rng, period) : plateau(rng, period);
  const mean = raw.reduce((a, b) => a + b, 0) / period;
  const size = Math.sqrt(raw.reduce((total, value) => total + (value - mean) ** 2, 0) / period);
  return raw.map((value) => (size > 0 ? (value - mean) / size : 0));
}

/** A few waves with falling amplitudes. */
function harmonics(rng: Rng, period: number): Float64Array {
  const count = 1 + uniformInteger(rng, Math.max(1, Math.min(6, Math.floor(period / 2))));
  const falloff = uniform(rng) * 2;
  const waves = Array.from({ length: count }, (_, k) => ({
    amplitude: normal(rng) / (k + 1) ** falloff,
    phase: 2 * Math.PI * uniform(rng),
    frequency: (2 * Math.PI * (k + 1)) / period,
  }));
  return Float64Array.from({ length: period }, (_, t) =>
    waves.reduce((total, { amplitude, phase, frequency }) => total + amplitude * Math.cos(frequency * t + phase), 0),
  );
}

/** White noise, averaged over a window that goes round. */
function smoothed(rng: Rng, period: number): Float64Array {
  const noise = Float64Array.from({ length: period }, () => normal(rng));
  const reach = uniformInteger(rng, Math.max(1, Math.floor(period / 4)) + 1);
  return noise.map((_, t) => {
    let total = 0;
    for (let k = -reach; k <= reach; k++) total += noise[(((t + k) % period) + period) % period];
    return total / (2 * reach + 1);
  });
}

/** High for a part of the period and low for the rest: opening hours, working days. */
function plateau(rng: Rng, period: number): Float64Array {
  const width = 1 + uniformInteger(rng, Math.max(1, period - 1));
  const from = uniformInteger(rng, period);
  const bump = uniform(rng) < 0.5;
  return Float64Array.from({ length: period }, (_, t) => {
    const at = (((t - from) % period) + period) % period;
    if (at >= width) return 0.15 * normal(rng);
    return (bump ? Math.sin((Math.PI * (at + 1)) / (width + 1)) : 1) + 0.15 * normal(rng);
  });
}
