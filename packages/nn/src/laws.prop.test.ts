import { einsum, openDevice, random, setDefaultDevice, type Tensor, tensor } from '@einlab/einsum-core';
import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect } from 'vitest';
import { attention } from './attention.ts';
import { coreRates } from './cores.ts';
import { crossEntropy } from './cross-entropy.ts';
import { dense } from './dense.ts';
import { embedding } from './embedding.ts';
import { layerNorm } from './layer-norm.ts';
import { linear } from './linear.ts';
import { meanSquaredError } from './mean-squared-error.ts';
import { mlp } from './mlp.ts';
import { adam } from './optimizers/adam-w.ts';
import { clipByGlobalNorm, globalNorm } from './optimizers/clip-by-global-norm.ts';
import { orthogonalize } from './optimizers/orthogonalize.ts';
import { constantRate, cosineRate, linearRate } from './optimizers/schedule.ts';
import { sgd } from './optimizers/sgd.ts';
import { rmsNorm } from './rms-norm.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

const seed = fc.nat();
const size = fc.integer({ min: 1, max: 6 });
const factor = fc.double({ min: 0.1, max: 10, noNaN: true });
const f64 = { dtype: 'f64' as const, reductionLength: 200, scale: 100 };

describe('layers', () => {
  property(
    'linear(a·x + y) = a·linear(x) + linear(y) without a bias',
    fc.record({ seed, a: factor, inSize: size, outSize: size }),
    async ({ seed, a, inSize, outSize }) => {
      const [key, xKey, yKey] = random.split(random.key(seed), 3);
      if (key === undefined || xKey === undefined || yKey === undefined) throw new Error('three keys were asked for');
      const layer = linear.init(key, { in: inSize, out: outSize });
      const [x, y] = [random.normal(xKey, [2, inSize]), random.normal(yKey, [2, inSize])];
      const apart = linear.apply(layer, x).multiply(a).add(linear.apply(layer, y));
      assertClose(await linear.apply(layer, x.multiply(a).add(y)).data(), await apart.data(), f64);
    },
  );

  property(
    'dense: apply(cores, x) = x · toDense(cores), and no core acts above its size after normalize',
    fc.record({ seed, scale: factor, inSize: size, outSize: size }),
    async ({ seed, scale, inSize, outSize }) => {
      const map = dense().realize(inSize, outSize);
      const cores = { weight: map.toDense(map.init(random.key(seed))).multiply(scale) };
      const normalized = map.toDense(map.normalize(cores));
      const rms = Math.sqrt(await normalized.square().mean().item());
      return rms <= (map.cores[0]?.initialDeviation ?? 0) * (1 + 1e-9);
    },
  );

  property(
    'layerNorm(a·x + b) = layerNorm(x), up to eps',
    fc.record({ seed, a: factor, b: factor, features: fc.integer({ min: 2, max: 9 }) }),
    async ({ seed, a, b, features }) => {
      const layer = layerNorm.init({ size: features, eps: 0 });
      const x = random.normal(random.key(seed), [3, features]);
      assertClose(await layerNorm.apply(layer, x.multiply(a).add(b)).data(), await layerNorm.apply(layer, x).data(), {
        ...f64,
        scale: 1e5,
      });
    },
  );

  property(
    'rmsNorm(a·x) = rmsNorm(x) without eps, and has mean square 1',
    fc.record({ seed, a: factor, features: size }),
    async ({ seed, a, features }) => {
      const layer = rmsNorm.init({ size: features, eps: 0 });
      const x = random.normal(random.key(seed), [3, features]);
      const y = rmsNorm.apply(layer, x);
      assertClose(await rmsNorm.apply(layer, x.multiply(a)).data(), await y.data(), f64);
      assertClose([await y.square().mean().item()], [1], f64);
    },
  );

  property(
    'mlp treats every vector alike: permuting the batch permutes the result',
    fc.record({ seed, order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }) }),
    async ({ seed, order }) => {
      const layer = mlp.init(random.key(seed), { width: 3 });
      const x = random.normal(random.key(seed + 1), [4, 3]);
      const pick = tensor(Int32Array.from(order));
      assertClose(await mlp.apply(layer, x.take(pick)).data(), await mlp.apply(layer, x).take(pick).data(), f64);
    },
  );

  property(
    'attention without a mask does not see the order of positions',
    fc.record({ seed, order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }) }),
    async ({ seed, order }) => {
      const layer = attention.init(random.key(seed), { width: 4, heads: 2, causal: false });
      const x = random.normal(random.key(seed + 1), [1, 4, 4]);
      const pick = tensor(Int32Array.from(order));
      assertClose(
        await attention.apply(layer, x.take(pick, 1)).data(),
        await attention.apply(layer, x).take(pick, 1).data(),
        f64,
      );
    },
  );

  property(
    'embedding(ids) has the rows of its table',
    fc.record({ seed, ids: fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 6 }) }),
    async ({ seed, ids }) => {
      const layer = embedding.init(random.key(seed), { count: 5, width: 2 });
      const table = [...(await layer.table.data())];
      expect([...(await embedding.apply(layer, tensor(Int32Array.from(ids))).data())]).toEqual(
        ids.flatMap((id) => table.slice(2 * id, 2 * id + 2)),
      );
    },
  );
});

describe('losses', () => {
  property(
    'crossEntropy(logits + c) = crossEntropy(logits) ≥ 0',
    fc.record({ seed, c: fc.double({ min: -100, max: 100, noNaN: true }), classes: fc.integer({ min: 1, max: 6 }) }),
    async ({ seed, c, classes }) => {
      const logits = random.normal(random.key(seed), [3, classes]);
      const targets = tensor(Int32Array.of(0, classes - 1, seed % classes));
      const loss = await crossEntropy(logits, targets).item();
      assertClose([await crossEntropy(logits.add(c), targets).item()], [loss], f64);
      return loss >= 0;
    },
  );

  property(
    'meanSquaredError is symmetric, and 0 only between equals',
    fc.record({ seed, features: size }),
    async ({ seed, features }) => {
      const [x, y] = [random.normal(random.key(seed), [features]), random.normal(random.key(seed + 1), [features])];
      const [there, back, self] = await Promise.all(
        [meanSquaredError(x, y), meanSquaredError(y, x), meanSquaredError(x, x)].map((loss) => loss.item()),
      );
      return there === back && self === 0 && (there ?? 0) > 0;
    },
  );
});

describe('optimizers', () => {
  property(
    'clipByGlobalNorm gives the direction of the gradient and a norm of min(norm, limit)',
    fc.record({ seed, limit: factor, scale: factor }),
    async ({ seed, limit, scale }) => {
      const grads = {
        a: random.normal(random.key(seed), [3]).multiply(scale),
        b: [random.normal(random.key(seed + 1), [2, 2])],
      };
      const norm = await globalNorm(grads).item();
      const clipped = clipByGlobalNorm(grads, limit).grads;
      assertClose([await globalNorm(clipped).item()], [Math.min(norm, limit)], f64);
      const factorUsed = Math.min(1, limit / norm);
      assertClose(
        await clipped.a.data(),
        (await grads.a.data()).map((value) => value * factorUsed),
        f64,
      );
    },
  );

  property(
    'adam’s first step does not see the size of the gradient',
    fc.record({ seed, scale: factor }),
    async ({ seed, scale }) => {
      const w = tensor([0, 0, 0]);
      const optimizer = adam({ rate: 0.1, eps: 0 });
      const step = async (by: number): Promise<number[]> => {
        const grads = { w: random.normal(random.key(seed), [3]).multiply(by) };
        return [...(await optimizer.update(grads, optimizer.init({ w }), { w }).params.w.data())];
      };
      assertClose(await step(scale), await step(1), f64);
    },
  );

  property(
    'sgd’s multipliers scale the rate',
    fc.record({ rate: factor, multiplier: factor }),
    async ({ rate, multiplier }) => {
      const w = tensor([1]);
      const move = async (r: number, k: number): Promise<number[]> => {
        const optimizer = sgd({ rate: r, rates: { w: k } });
        return [...(await optimizer.update({ w: tensor([0.5]) }, optimizer.init({ w }), { w }).params.w.data())];
      };
      assertClose(await move(rate, multiplier), await move(rate * multiplier, 1), f64);
    },
  );

  property(
    'orthogonalize follows rotations, transposition and scale: f(a·R·Mᵀ) = R·f(M)ᵀ',
    fc.record({ seed, a: factor, rows: size, columns: size, angle: fc.double({ min: 0, max: 6, noNaN: true }) }),
    async ({ seed, a, rows, columns, angle }) => {
      const matrix = random.normal(random.key(seed), [rows, columns]);
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      // Turns the plane of the first two of the columns.
      const rotation = tensor(
        Array.from({ length: columns }, (_, i) =>
          Array.from({ length: columns }, (_, j) => {
            if (i > 1 || j > 1 || columns < 2) return Number(i === j);
            return i === j ? cos : i < j ? -sin : sin;
          }),
        ),
      );
      const turn = (x: Tensor): Tensor => einsum('i j, k j -> i k', rotation, x);
      assertClose(await orthogonalize(turn(matrix).multiply(a)).data(), await turn(orthogonalize(matrix)).data(), {
        ...f64,
        scale: 1e4,
      });
    },
  );

  property(
    'schedules stay between 0 and the full rate, and rise during the warm-up alone',
    fc.record({
      rate: factor,
      warmup: fc.nat({ max: 9 }),
      steps: fc.integer({ min: 1, max: 30 }),
      floor: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    ({ rate, warmup, steps, floor }) => {
      for (const schedule of [
        cosineRate({ rate, warmup, steps, floor }),
        linearRate({ rate, warmup, steps, floor }),
        constantRate({ rate, warmup }),
      ]) {
        const rates = Array.from({ length: 40 }, (_, step) => schedule(step));
        if (rates.some((value) => !(value >= 0 && value <= rate * (1 + 1e-12)))) return false;
        if (
          rates.some(
            (value, step) =>
              step > 0 &&
              (step < warmup
                ? value < (rates[step - 1] ?? 0)
                : step > warmup && value > (rates[step - 1] ?? 0) * (1 + 1e-12)),
          )
        )
          return false;
      }
      return true;
    },
  );

  property(
    'coreRates: one core that is the whole map has the dense multiplier; splitting the work over n cores of one size divides it by n',
    fc.record({ fan: fc.integer({ min: 1, max: 64 }), count: fc.integer({ min: 1, max: 4 }), baseIn: factor }),
    ({ fan, count, baseIn }) => {
      const shapes = Array.from({ length: count }, (_, i) => ({
        name: `core${i}`,
        shape: [fan, fan],
        fanIn: fan,
        fanOut: fan,
        initialDeviation: 1,
      }));
      assertClose(
        Object.values(coreRates(shapes, { in: fan, out: fan }, { baseIn })),
        Array(count).fill(baseIn / fan / count),
        f64,
      );
      assertClose(
        Object.values(coreRates(shapes, { in: fan, out: fan }, { baseIn, optimizer: 'sgd' })),
        Array(count).fill(1 / count),
        f64,
      );
    },
  );
});
