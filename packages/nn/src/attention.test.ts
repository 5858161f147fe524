import { random, tensor } from '@einlab/einsum-core';
import { checkGradients } from '@einlab/einsum-core/testing';
import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { type Attention, type AttentionOptions, attention } from './attention.ts';
import { closeOn, multiplyLoop, normalizeLoop, normalOf, softmaxLoop, useBackend } from './backend.test-helper.ts';
import type { Linear } from './linear.ts';

/** The definition, position by position and head by head, for one batch entry. */
async function attentionLoop(layer: Attention, x: readonly number[], width: number): Promise<number[]> {
  const time = x.length / width;
  const { heads } = layer;
  const dim = layer.query.map.out / heads;
  const project = async ({ map, cores }: Linear, input: readonly number[]): Promise<number[]> =>
    multiplyLoop(input, [...(await map.toDense(cores).data())], map.in, map.out);
  const [query, key, value] = [
    await project(layer.query, x),
    await project(layer.key, x),
    await project(layer.value, x),
  ];
  const part = (values: readonly number[], t: number, head: number): number[] =>
    values.slice((t * heads + head) * dim, (t * heads + head + 1) * dim);
  const normalized = (values: readonly number[]): number[] =>
    layer.queryNorm === undefined ? [...values] : normalizeLoop(values, layer.queryNorm.eps);
  const mixed: number[] = [];
  for (let t = 0; t < time; t++) {
    for (let head = 0; head < heads; head++) {
      const seen = layer.causal ? t + 1 : time;
      const q = normalized(part(query, t, head));
      const logits = Array.from({ length: seen }, (_, s) => {
        const k = normalized(part(key, s, head));
        return layer.logitScale * q.reduce((total, value, i) => total + value * (k[i] ?? 0), 0);
      });
      const weights = softmaxLoop(logits);
      for (let i = 0; i < dim; i++)
        mixed.push(weights.reduce((total, weight, s) => total + weight * (part(value, s, head)[i] ?? 0), 0));
    }
  }
  return project(layer.output, mixed);
}

describeOnBackends('attention.apply(layer, x)', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);

  it.each<[string, Partial<AttentionOptions>]>([
    ['causal, with normalized queries and keys', {}],
    ['causal, plain', { normalizeQueryKey: false }],
    ['seeing everything', { causal: false }],
    ['with its own number of features per head and the scale 8/dim', { dim: 5, logitScale: 'muP' }],
  ])('equals the definition: %s', async (_, options) => {
    const layer = attention.init(random.key(1), { width: 6, heads: 2, ...options });
    const x = await normalOf(2, [2, 4, 6]);
    const expected = [
      ...(await attentionLoop(layer, x.values.slice(0, 24), 6)),
      ...(await attentionLoop(layer, x.values.slice(24), 6)),
    ];
    const y = attention.apply(layer, x.tensor);
    expect(y.shape).toEqual([2, 4, 6]);
    close(await y.data(), expected, { reductionLength: 40, scale: 10 });
  });

  it('is causal: changing a later position changes nothing before it', async () => {
    const layer = attention.init(random.key(1), { width: 6, heads: 3 });
    const x = await normalOf(2, [1, 5, 6]);
    const changed = x.values.map((value, i) => (i >= 3 * 6 ? value + 100 : value));
    const [before, after] = await Promise.all(
      [x.values, changed].map(async (values) => [
        ...(await attention.apply(layer, tensor(values, { shape: [1, 5, 6] })).data()),
      ]),
    );
    expect(after?.slice(0, 3 * 6)).toEqual(before?.slice(0, 3 * 6));
    expect(after?.slice(3 * 6)).not.toEqual(before?.slice(3 * 6));
  });

  it('without the mask a later position does change the earlier ones', async () => {
    const layer = attention.init(random.key(1), { width: 6, heads: 3, causal: false });
    const x = await normalOf(2, [1, 5, 6]);
    const changed = x.values.map((value, i) => (i >= 3 * 6 ? value + 100 : value));
    const [before, after] = await Promise.all(
      [x.values, changed].map(async (values) => [
        ...(await attention.apply(layer, tensor(values, { shape: [1, 5, 6] })).data()),
      ]),
    );
    expect(after?.slice(0, 6)).not.toEqual(before?.slice(0, 6));
  });
});

describe('attention', () => {
  it('has the derivatives that finite differences give, to second order', async () => {
    const layer = attention.init(random.key(1), { width: 4, heads: 2 });
    await expect(
      checkGradients(
        (a: Attention, x: ReturnType<typeof random.normal>) => attention.apply(a, x).square().sum(),
        [layer, random.normal(random.key(2), [1, 3, 4])],
      ),
    ).resolves.toBeUndefined();
  });

  it('scales logits by 1/√dim, or by 8/dim, which is the same at 64', () => {
    const scaleOf = (dim: number, logitScale: 'standard' | 'muP'): number =>
      attention.init(random.key(1), { width: 4, heads: 2, dim, logitScale }).logitScale;
    expect([scaleOf(16, 'standard'), scaleOf(16, 'muP')]).toEqual([1 / 4, 1 / 2]);
    expect(scaleOf(64, 'standard')).toBe(scaleOf(64, 'muP'));
  });

  it('refuses heads that do not divide the width', () => {
    expect(() => attention.init(random.key(1), { width: 10, heads: 4 })).toThrow(
      'attention: width 10 does not divide into 4 heads; choose a divisor of the width, or give dim',
    );
  });

  it('refuses another scale than there is', () => {
    expect(() => attention.init(random.key(1), { width: 8, heads: 4, logitScale: 'mup' as 'muP' })).toThrow(
      `attention: logitScale is "mup"; expected 'standard' or 'muP'`,
    );
  });

  it('refuses an input without a batch', () => {
    const layer = attention.init(random.key(1), { width: 4, heads: 2 });
    expect(() => attention.apply(layer, tensor([[1, 2, 3, 4]]))).toThrow(
      'attention: x is f32[1, 4]; expected f32[batch, time, width]',
    );
  });
});
