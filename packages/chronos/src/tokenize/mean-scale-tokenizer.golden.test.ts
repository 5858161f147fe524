import { itWithShared, loadGolden } from '@einlab/testkit';
import { describe, expect } from 'vitest';
import { meanScaleTokenizer, type TokenizerOptions } from './mean-scale-tokenizer.ts';

interface Case {
  config: string;
  n_tokens: number;
  n_special: number;
  limits: [number, number];
  use_eos: boolean;
  context_length: number;
  model_type: 'seq2seq' | 'causal';
  series: string;
  token_ids: number[];
  mask: boolean[];
  scale: number;
  label: (number | null)[];
  label_ids: number[];
  label_mask: boolean[];
  decode_ids: number[];
  decoded: number[];
}

interface File {
  centers_4096: number[];
  boundaries_4096: number[];
  cases: Case[];
  boundary_probe: { x: (number | string)[]; token: number[] };
}

const golden = (): File => loadGolden<File>('chronos/tokenizer.json').data;
const series = (): Record<string, (number | null)[]> =>
  loadGolden<Record<string, (number | null)[]>>('chronos/series.json', { provenance: 'inputs of the golden files' })
    .data;
const numbers = (values: readonly (number | null)[]): number[] => values.map((value) => value ?? NaN);
const number = (value: number | string): number =>
  value === 'inf' ? Infinity : value === '-inf' ? -Infinity : Number(value);

const optionsOf = (c: Case): TokenizerOptions => ({
  tokenCount: c.n_tokens,
  specialCount: c.n_special,
  low: c.limits[0],
  high: c.limits[1],
  useEnd: c.use_eos,
  contextLength: c.context_length,
  predictionLength: c.label.length,
  modelType: c.model_type,
});

describe('the reference tokenizer', () => {
  itWithShared('has the same centers and boundaries, bit for bit', () => {
    const { centers, boundaries } = meanScaleTokenizer({ tokenCount: 4096, contextLength: 512, predictionLength: 64 });
    expect([...centers]).toEqual(golden().centers_4096.map(Math.fround));
    expect([...boundaries]).toEqual(golden().boundaries_4096.map(Math.fround));
  });

  itWithShared('gives the same ids, masks, labels and decoded values in all 48 cases', () => {
    const inputs = series();
    const { cases } = golden();
    expect(cases.length).toBe(48);
    for (const c of cases) {
      const tokenizer = meanScaleTokenizer(optionsOf(c));
      const { ids, mask, scale } = tokenizer.encodeContext(numbers(inputs[c.series] ?? []));
      const label = tokenizer.encodeLabel(numbers(c.label), scale);
      const what = `${c.config} ${c.series}`;
      expect([...ids], what).toEqual(c.token_ids);
      expect([...mask].map(Boolean), what).toEqual(c.mask);
      expect([...label.ids], what).toEqual(c.label_ids);
      expect([...label.mask].map(Boolean), what).toEqual(c.label_mask);
      // torch adds up in f32, this in f64: one unit in the last place between the two
      expect(Math.abs(scale - Math.fround(c.scale))).toBeLessThanOrEqual(c.scale * 2 ** -23);
      expect(
        c.decode_ids.map((id) => tokenizer.decode(id, Math.fround(c.scale))),
        what,
      ).toEqual(c.decoded.map(Math.fround));
    }
  });

  itWithShared('puts values at, beside and beyond the boundaries into the same bins', () => {
    const tokenizer = meanScaleTokenizer({ tokenCount: 4096, contextLength: 512, predictionLength: 64 });
    const { x, token } = golden().boundary_probe;
    const ids = x.map((value) => tokenizer.encodeLabel([number(value), ...new Array<number>(63).fill(0)], 1).ids[0]);
    expect(ids).toEqual(token);
  });
});
