import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bits } from '../base/units.ts';
import { complexityNats, selectionBits } from '../complexity/prior.ts';
import { tokenBound } from '../inequality/token-bound.ts';
import { lossRange } from '../risk/smoothing.ts';
import { budget } from './budget.ts';
import { certificateText, parseCertificate } from './certificate.ts';
import { type CertifyOptions, certify } from './certify.ts';
import { assertScattered } from './measure.ts';
import { difference, verify } from './verify.ts';

/** Losses of a model that is right by two bits or so, always the same. */
const logs = Float32Array.from({ length: 20_000 }, (_, i) => -0.4 - ((i * 7919) % 1000) / 600);
const bytes = new Uint8Array(logs.buffer);
const code = Uint8Array.from({ length: 60 }, (_, i) => i);
const ranks = new Uint8Array(Uint32Array.from({ length: 20_000 }, (_, i) => (i * 31) % 7).buffer);
const documents = new Uint8Array(Uint32Array.from({ length: 400 }, () => 50).buffer);
const options: CertifyOptions = { logProbabilities: bytes, format: 'f32', vocabulary: 64, code: { file: code } };

describe('certify', () => {
  it('bounds the tokens by the best of all weights and methods, and pays for both', async () => {
    const { best, rows, vacuous, complexity, claim } = await certify(options);
    expect(vacuous).toBe(false);
    expect(complexity.codeBits).toBe(480);
    expect(complexity.selectionBits).toBe(3);
    expect(rows.length).toBe(24);
    const token = best.find(({ metric }) => metric === 'token');
    expect(token?.value).toBe(Math.min(...rows.map(({ value }) => value)));
    expect(claim).toContain(`at most ${token?.value.toFixed(6)} bits`);
    const azuma = rows.find(({ method, weight }) => method === 'azuma' && weight === 0.1);
    const expected = tokenBound({
      risk: azuma?.terms.risk ?? 0,
      range: lossRange({ vocabulary: 64, weight: 0.1 }).width,
      complexity: complexityNats(bits(480), { selection: selectionBits(8) }),
      count: 20_000,
      failureProbability: 0.05 / 3,
    });
    expect(azuma?.value).toBeCloseTo(expected.value, 12);
  });

  it('adds errors and documents where there are ranks and lengths, each with what it needs', async () => {
    const full = await certify({ ...options, ranks, documents });
    expect(new Set(full.best.map(({ metric }) => metric))).toEqual(new Set(['token', 'document', 'top-k']));
    expect(full.statistics.documents?.count).toBe(400);
    const top1 = full.best.find(({ k }) => k === 1);
    expect(top1?.terms.risk).toBeCloseTo(6 / 7, 3);
    const document = full.best.find(({ metric }) => metric === 'document');
    const token = full.best.find(({ metric }) => metric === 'token');
    expect(document?.value).toBeGreaterThan(token?.value ?? 0);
    const joint = await certify({ ...options, ranks, documents, joint: true });
    joint.best.forEach((row, i) => {
      expect(row.value).toBeGreaterThan(full.best[i].value);
    });
  });

  it('a sample has no Freedman and pays for sampling', async () => {
    const sampled = await certify({ ...options, sample: 'with-replacement', tokens: 1e9 });
    expect(sampled.rows.some(({ method }) => method === 'freedman')).toBe(false);
    expect(sampled.best[0].terms.sampling).toBeGreaterThan(0);
  });

  it('says so when it is vacuous', async () => {
    const { vacuous, claim } = await certify({ ...options, code: { bits: 1e7 } });
    expect(vacuous).toBe(true);
    expect(claim).toContain('vacuous');
  });

  it.each<[string, Partial<CertifyOptions>, string]>([
    ['p > 1', { logProbabilities: new Uint8Array(Float32Array.of(-1, 0.3).buffer) }, 'token 1 is 0.3'],
    ['NaN', { logProbabilities: new Uint8Array(Float32Array.of(Number.NaN).buffer) }, 'token 0 is NaN'],
    ['no smoothing', { weights: [0] }, 'the smoothing weight is 0'],
    [
      'a rank outside the vocabulary',
      { ranks: new Uint8Array(Uint32Array.of(64).buffer) },
      'the rank of token 0 is 64',
    ],
    [
      'too few ranks',
      { ranks: new Uint8Array(Uint32Array.of(1).buffer) },
      'there are 1 ranks and 20000 log-probabilities',
    ],
    ['n < m', { tokens: 100 }, 'there are 20000 log-probabilities of 100 tokens'],
    ['a part without a sample', { tokens: 1e6 }, '20000 of 1000000 tokens were scored, and sample is full'],
    ['a sample without n', { sample: 'with-replacement' }, 'tokens is missing'],
    ['a contiguous sample', { sample: 'contiguous', tokens: 1e6 }, 'sample is contiguous'],
    [
      'contiguous positions',
      {
        sample: 'with-replacement',
        tokens: 1e6,
        positions: new Uint8Array(Uint32Array.from({ length: 20_000 }, (_, i) => i + 5).buffer),
      },
      'the sample is contiguous',
    ],
    [
      'documents that do not add up',
      { documents: new Uint8Array(Uint32Array.of(50).buffer) },
      'document 1 has no tokens',
    ],
    ['documents that end early', { documents: new Uint8Array(Uint32Array.of(20_000, 3).buffer) }, 'do not add up'],
    ['a code below the entropy', { entropyBits: 481 }, 'the code has 480 bits, but the tensors have an entropy of 481'],
    ['an empty code', { code: { file: new Uint8Array(0) } }, 'is empty; expected at least one byte'],
    ['no code', { code: { bits: 0 } }, 'the code length in bits is 0'],
    ['a vocabulary of one', { vocabulary: 1 }, 'vocabulary is 1'],
    ['weights twice', { weights: [0.1, 0.1] }, 'weights is 0.1, 0.1'],
    ['δ = 1', { failureProbability: 1 }, 'failureProbability is 1'],
    ['Freedman on a sample', { sample: 'with-replacement', tokens: 1e6, methods: ['freedman'] }, 'methods is freedman'],
    ['negative bits', { trialBits: -2 }, 'trialBits is -2'],
  ])('refuses %s', async (_name, change, message) => {
    await expect(certify({ ...options, ...change })).rejects.toThrow(message);
  });
});

describe('positions', () => {
  const draw = (count: number, n: number): Float64Array => {
    let state = 12345;
    return Float64Array.from({ length: count }, () => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return Math.floor((state / 2147483648) * n);
    });
  };
  it('that were drawn pass, dense or not, in any order', () => {
    expect(() => assertScattered(draw(2000, 1e9))).not.toThrow();
    expect(() => assertScattered(draw(2000, 4000))).not.toThrow();
    expect(() => assertScattered(draw(2000, 1e6).sort())).not.toThrow();
  });
  it('in pieces do not', () => {
    const starts = draw(50, 1e9);
    const pieces = Array.from({ length: 1000 }, (_, i) => starts[Math.floor(i / 20)] + (i % 20));
    expect(() => assertScattered(pieces)).toThrow('the sample is contiguous');
  });
});

describe('verify', () => {
  const made = async (): Promise<string> => certificateText(await certify({ ...options, ranks, documents }));

  it('accepts a certificate with and without its files, and says what it believed', async () => {
    const text = await made();
    expect((await verify(text)).believed).toEqual(['logProbabilities', 'ranks', 'documents', 'code']);
    const { checked, believed } = await verify(text, { logProbabilities: bytes, ranks, documents, code });
    expect([[...checked].sort(), believed]).toEqual([['code', 'documents', 'logProbabilities', 'ranks'], []]);
  });

  it('rejects any file with one byte changed', async () => {
    const text = await made();
    const changed = (of: Uint8Array): Uint8Array => of.map((byte, i) => (i === 17 ? byte ^ 1 : byte));
    for (const files of [
      { logProbabilities: changed(bytes), ranks, documents },
      { logProbabilities: bytes, ranks: changed(ranks), documents },
      { code: changed(code) },
    ])
      await expect(verify(text, files)).rejects.toThrow();
  });

  it('rejects numbers that do not follow, even with a digest that does', async () => {
    const { digest: _, ...honest } = await parseCertificate(await made(), 'c');
    const better = { ...honest, best: honest.best.map((row) => ({ ...row, value: row.value - 0.5 })) };
    await expect(certificateText(better).then((text) => verify(text))).rejects.toThrow(
      'do not follow from the measurements',
    );
    const cheaper = { ...honest, complexity: { ...honest.complexity, codeBits: 8 } };
    await expect(certificateText(cheaper).then((text) => verify(text))).rejects.toThrow('do not follow');
    const wrongStatistics = await certify({
      ...options,
      ranks,
      documents,
      logProbabilities: new Uint8Array(logs.map((x) => x / 2).buffer),
    });
    const mixed = { ...wrongStatistics, inputs: honest.inputs };
    await expect(
      certificateText(mixed).then((text) => verify(text, { logProbabilities: bytes, ranks, documents })),
    ).rejects.toThrow('statistics.tokens');
  });

  it('finds the first difference of two trees', () => {
    expect(difference({ a: [1, 2] }, { a: [1, 2] })).toBeUndefined();
    expect(difference({ a: [1, 2] }, { a: [1, 3] })).toBe('a.1 is 3 in the certificate and 2 when computed again');
    expect(difference({ a: 1 }, { a: 1, b: 2 })).toContain('b is 2');
  });
});

describe('budget', () => {
  property(
    'is the largest code whose bound is below the target, under Azuma',
    fc.record({
      vocabulary: fc.integer({ min: 4, max: 60_000 }),
      tokens: fc.integer({ min: 1000, max: 1e12 }),
      share: fc.double({ min: 0.1, max: 0.8, noNaN: true }),
    }),
    ({ vocabulary, tokens, share }) => {
      const risk = share * Math.log2(vocabulary);
      const { codeBits, weight } = budget({ vocabulary, tokens, risk });
      const bound = (code: number, at: number): number =>
        tokenBound({
          risk: risk - Math.log2(1 - at),
          range: lossRange({ vocabulary, weight: at }).width,
          complexity: complexityNats(bits(code), { selection: selectionBits(8) }),
          count: tokens,
        }).value;
      if (codeBits === 0) return true;
      return (
        bound(codeBits, weight) < Math.log2(vocabulary) &&
        bound(codeBits + Math.max(1, codeBits * 1e-9), weight) >= Math.log2(vocabulary) * (1 - 1e-9)
      );
    },
  );

  it('is 0 where even one bit is too much', () => {
    expect(budget({ vocabulary: 64, tokens: 1e6, risk: 6.5 }).codeBits).toBe(0);
    expect(() => budget({ vocabulary: 64, tokens: 0, risk: 1 })).toThrow('tokens is 0');
  });
});
