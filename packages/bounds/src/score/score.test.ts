import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nats } from '../base/units.ts';
import { betCost, defaultBets } from '../inequality/freedman-bound.ts';
import { lossRange, smoothedLoss } from '../risk/smoothing.ts';
import { DocumentScore } from './document-score.ts';
import { RankScore, rankOf } from './rank-score.ts';
import { type LogProbabilityFormat, type LogProbabilityPiece, readLogProbabilities } from './read-log-probabilities.ts';
import { npy } from './npy.test-helper.ts';
import { blockLength, defaultWeights, TokenScore, type TokenStatistics } from './token-score.ts';

/** The statistics by their definition: every logarithm of every token. */
function byDefinition(logs: ArrayLike<number>, vocabulary: number): TokenStatistics {
  const count = logs.length;
  let unsmoothed = 0;
  for (let i = 0; i < count; i++) unsmoothed -= logs[i] / Math.LN2 / count;
  const byWeight = defaultWeights.map((weight) => {
    const { low, high, width } = lossRange({ vocabulary, weight });
    const costs = defaultBets.map(() => 0);
    let [sum, start, end] = [0, 0, blockLength(0)];
    let center = (low + high) / 2;
    for (let i = 0; i < count; i++) {
      if (i === end) {
        start = i;
        end = i + blockLength(i);
        center = sum / start;
      }
      const loss = smoothedLoss(nats(logs[i]), { vocabulary, weight });
      defaultBets.forEach((bet, b) => {
        costs[b] += betCost((bet * (center - loss)) / width) / count;
      });
      sum += loss;
    }
    return { weight, risk: sum / count, betCosts: costs };
  });
  return { count, unsmoothed, byWeight };
}

function closeTo(got: TokenStatistics, expected: TokenStatistics, digits: number): void {
  expect(got.count).toBe(expected.count);
  got.byWeight.forEach(({ risk, betCosts }, a) => {
    const other = expected.byWeight[a];
    expect(Math.abs(risk - other.risk)).toBeLessThan(10 ** -digits);
    betCosts.forEach((cost, b) => {
      expect(Math.abs(cost - other.betCosts[b])).toBeLessThan(10 ** -digits);
    });
  });
}

const scored = (values: Float32Array | Float64Array, vocabulary: number, scale = 1): TokenStatistics => {
  const score = new TokenScore({ vocabulary });
  score.add(values, scale);
  return score.finish();
};

const logs = fc.array(
  fc.oneof(
    fc.double({ min: -70, max: 0, noNaN: true }),
    fc.double({ min: -4, max: 0, noNaN: true }),
    fc.constantFrom(0, -1e-9, -1 / 32, -63.99, -64, -64.01, -Infinity, -745),
  ),
  { minLength: 1, maxLength: 900 },
);

describe('TokenScore', () => {
  property(
    'agrees with the definition to 10⁻⁹',
    fc.tuple(logs, fc.integer({ min: 2, max: 100_000 })),
    ([values, vocabulary]) => {
      closeTo(scored(Float64Array.from(values), vocabulary), byDefinition(values, vocabulary), 9);
    },
  );

  property(
    'does not care how the tokens come in pieces, and cares about their order',
    fc.tuple(logs, fc.integer({ min: 1, max: 97 })),
    ([values, step]) => {
      const pieces = new TokenScore({ vocabulary: 50 });
      for (let at = 0; at < values.length; at += step) pieces.add(Float64Array.from(values.slice(at, at + step)));
      expect(pieces.finish()).toEqual(scored(Float64Array.from(values), 50));
    },
  );

  it('agrees with the definition over many blocks, with losses that drift', () => {
    const drifting = Float64Array.from({ length: 6000 }, (_, i) =>
      i % 97 === 0 ? -20 : -(((i * 7919) % 1000) / 250) * (1 + i / 3000),
    );
    closeTo(scored(drifting, 80), byDefinition(drifting, 80), 9);
  });

  it('permuted tokens have the same risk and another spread', () => {
    const drift = Float64Array.from({ length: 4000 }, (_, i) => -5 + i / 1000);
    const mixed = drift.map((_, i) => drift[(i * 1237) % 4000]);
    const [a, b] = [scored(drift, 60), scored(mixed, 60)];
    expect(b.byWeight[5].risk).toBeCloseTo(a.byWeight[5].risk, 9);
    expect(Math.abs(b.byWeight[5].betCosts[3] - a.byWeight[5].betCosts[3])).toBeGreaterThan(1e-5);
  });

  it('takes bits as well as nats', () => {
    const values = Float64Array.from([-1, -2, -7.5]);
    closeTo(
      scored(values, 9, Math.LN2),
      scored(
        values.map((x) => x * Math.LN2),
        9,
      ),
      12,
    );
    expect(scored(values, 9, Math.LN2).unsmoothed).toBeCloseTo(3.5, 12);
  });

  it('names the first token that has no probability', () => {
    expect(() => scored(Float64Array.from([-1, Number.NaN]), 5)).toThrow('token 1 is NaN; expected a number ≤ 0');
    expect(() => scored(Float64Array.from([-1, -2, 0.5]), 5)).toThrow(
      'token 2 is 0.5, a probability of 1.64872 above 1',
    );
    expect(() => scored(Float64Array.from([Infinity]), 5)).toThrow('token 0 is Infinity');
    expect(scored(Float32Array.from([1e-7]), 5).byWeight[0].risk).toBeCloseTo(
      lossRange({ vocabulary: 5, weight: 1e-4 }).low,
      9,
    );
  });
});

describe('DocumentScore', () => {
  property('is the mean of the means', fc.array(logs, { minLength: 1, maxLength: 12 }), (documents) => {
    const score = new DocumentScore({ vocabulary: 40 });
    for (const each of documents) score.add(Float64Array.from(each));
    const { count, byWeight } = score.finish();
    expect(count).toBe(documents.length);
    for (const { weight, risk } of byWeight) {
      const means = documents.map(
        (each) => each.reduce((sum, x) => sum + smoothedLoss(nats(x), { vocabulary: 40, weight }), 0) / each.length,
      );
      expect(Math.abs(risk - means.reduce((a, b) => a + b, 0) / means.length)).toBeLessThan(1e-9);
    }
  });

  it('refuses a document without tokens', () => {
    expect(() => new DocumentScore({ vocabulary: 4 }).add(new Float64Array(0))).toThrow('document 0 has no tokens');
  });
});

describe('ranks', () => {
  it('break ties by the ids', () => {
    const logits = [1, 3, 3, 0];
    expect([0, 1, 2, 3].map((token) => rankOf(logits, token))).toEqual([2, 0, 1, 3]);
    expect(rankOf([9, 9, ...logits], 2, 2, 4)).toBe(1);
  });

  it('count errors for every k below the vocabulary', () => {
    const score = new RankScore(11);
    score.add([0, 0, 1, 4, 10]);
    expect(score.finish()).toEqual([
      { k: 1, error: 0.6 },
      { k: 2, error: 0.4 },
      { k: 3, error: 0.4 },
      { k: 4, error: 0.4 },
      { k: 5, error: 0.2 },
      { k: 10, error: 0.2 },
    ]);
    expect(() => score.add([11])).toThrow('the rank of token 5 is 11; expected a whole number in [0, 11)');
  });
});

async function readAll(
  bytes: Uint8Array,
  format: LogProbabilityFormat,
): Promise<{ values: number[]; pieces: LogProbabilityPiece[]; sha256: string }> {
  const pieces: LogProbabilityPiece[] = [];
  const { sha256 } = await readLogProbabilities(bytes, (piece) => pieces.push(piece), { format });
  return { values: pieces.flatMap(({ values }) => [...values]), pieces, sha256 };
}

describe('readLogProbabilities', () => {
  const values = Float32Array.from([-0.5, -1.25, -3, 0]);
  const raw = new Uint8Array(values.buffer);

  it('reads f32, f64, npy and lines of JSON alike', async () => {
    const wide = Float64Array.from(values);
    const lines = `${[...values].map((lp) => JSON.stringify({ lp })).join('\n')}\n`;
    for (const [bytes, format] of [
      [raw, 'f32'],
      [new Uint8Array(wide.buffer), 'f64'],
      [npy(values), 'npy'],
      [npy(wide), 'npy'],
      [npy(values, '(1, 4)'), 'npy'],
      [new TextEncoder().encode(lines), 'ndjson'],
    ] as const)
      expect((await readAll(bytes, format)).values).toEqual([...values]);
  });

  it('takes ranks, documents and −∞ from lines', async () => {
    const lines = '{"lp": -1, "rank": 0, "doc": "a"}\n\n{"lp": null, "rank": 7, "doc": "b"}';
    const { pieces } = await readAll(new TextEncoder().encode(lines), 'ndjson');
    expect(pieces).toEqual([
      { values: Float64Array.from([-1, -Infinity]), ranks: Uint32Array.from([0, 7]), documents: ['a', 'b'] },
    ]);
  });

  it('hashes what it read', async () => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', raw));
    expect((await readAll(raw, 'f32')).sha256).toBe(Buffer.from(digest).toString('hex'));
  });

  it.each<[string, Uint8Array, LogProbabilityFormat, string]>([
    ['a cut f32 file', raw.subarray(0, 7), 'f32', '3 bytes are left over after 1 values'],
    ['an empty file', new Uint8Array(0), 'f32', 'there are no log-probabilities'],
    ['no npy', raw, 'npy', 'byte 0 is 0; expected 147'],
    ['a cut npy header', npy(values).subarray(0, 40), 'npy', 'within its npy header'],
    ['a cut npy', npy(values).subarray(0, npy(values).length - 4), 'npy', 'the header says 4 values, but 3 follow'],
    ['a matrix', npy(values, '(2, 2)'), 'npy', 'expected one log-probability per token'],
    ['lines that are no JSON', new TextEncoder().encode('{"lp": -1}\n{'), 'ndjson', 'line 2: this is not JSON'],
    [
      'lines without lp',
      new TextEncoder().encode('{"p": 1}'),
      'ndjson',
      'line 1: expected an object with the log-probability "lp"',
    ],
    [
      'ranks in some lines only',
      new TextEncoder().encode('{"lp":-1,"rank":1}\n{"lp":-1}'),
      'ndjson',
      'line 2: the fields',
    ],
    ['a negative rank', new TextEncoder().encode('{"lp":-1,"rank":-1}'), 'ndjson', 'line 1: "rank" is no whole number'],
    [
      'probabilities that sum to more than 1',
      new TextEncoder().encode('{"lp":-1,"sum":1.01}'),
      'ndjson',
      'line 1: the probabilities sum to 1.01',
    ],
    ['bytes that are no text', Uint8Array.from([123, 255, 10]), 'ndjson', 'is not UTF-8'],
  ])('refuses %s', async (_name, bytes, format, message) => {
    await expect(readAll(bytes, format)).rejects.toThrow(message);
  });
});
