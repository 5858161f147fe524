import { assertClose, describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { checkOneSidedDerivatives } from '../testing/one-sided-derivatives.ts';
import {
  add,
  broadcastTo,
  cast,
  clip,
  equal,
  gelu,
  greater,
  isFinite,
  leakyRelu,
  logicalAnd,
  logicalXor,
  maximum,
  minimum,
  multiply,
  power,
  reciprocal,
  relu,
  shiftRight,
  silu,
  softplus,
  square,
  where,
} from './elementwise.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

/** The gradient of Σ f(x): f's derivative, element by element. */
const slope = (f: (x: Tensor) => Tensor, x: Tensor): Tensor => grad((value: Tensor) => f(value).sum())(x);

describeOnBackends('elementwise operations', (backend) => {
  useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';

  it('softplus stays finite and right at both ends, and so does its gradient', async () => {
    const x = tensor([100, -100, 0, 1000, -1000, 3e38]);
    assertClose(await softplus(x).data(), [100, Math.exp(-100), Math.LN2, 1000, 0, 3e38].map(Math.fround), {
      dtype: 'f32',
      scale: 1,
    });
    assertClose(await slope(softplus, x).data(), [1, 0, 0.5, 1, 0, 1], { dtype: 'f32', scale: 1 });
    assertClose(await softplus(tensor([infinity, -infinity, nan])).data(), [infinity, 0, nan], { dtype });
    assertClose(await softplus(tensor([-20])).data(), [Math.exp(-20)], { dtype: 'f32', scale: 0 });
  });

  it('isFinite and logicalXor', async () => {
    const x = tensor([0, -3e38, infinity, -infinity, nan]);
    expect([...(await isFinite(x).data())]).toEqual([1, 1, 0, 0, 0]);
    const [a, b] = [tensor([true, true, false, false]), tensor([true, false, true, false])];
    expect([...(await logicalXor(a, b).data())]).toEqual([0, 1, 1, 0]);
    expect(() => logicalXor(a, tensor([1, 0, 1, 0]))).toThrow('logicalXor: an operand is f32[4]; expected bool');
  });

  it('relu and clip carry NaN through', async () => {
    const x = tensor([nan, -1, 0, 2]);
    assertClose(await relu(x).data(), [nan, 0, 0, 2], { dtype });
    assertClose(await clip(x, -0.5, 1).data(), [nan, -0.5, 0, 1], { dtype });
    assertClose(await slope(relu, tensor([-1, 0, 2])).data(), [0, 0, 1], { dtype });
    assertClose(await leakyRelu(tensor([-2, 0, 3]), 0.1).data(), [-0.2, 0, 3], { dtype });
  });

  it('gelu and silu equal their formulas', async () => {
    const x = [-3, -0.5, 0, 0.7, 4];
    assertClose(
      await silu(tensor(x)).data(),
      x.map((v) => v / (1 + Math.exp(-v))),
      { dtype },
    );
    // Φ(1) from tables: 0.841344746068543
    assertClose(await gelu(tensor([1, -1, 0])).data(), [0.841344746068543, -0.158655253931457, 0], { dtype: 'f32' });
  });

  it('maximum and minimum share the derivative equally on ties', async () => {
    const [a, b] = [tensor([1, 2, 3]), tensor([2, 2, 2])];
    assertClose(await grad((x: Tensor) => maximum(x, b).sum())(a).data(), [0, 0.5, 1], { dtype });
    assertClose(await grad((x: Tensor) => maximum(a, x).sum())(b).data(), [1, 0.5, 0], { dtype });
    assertClose(await grad((x: Tensor) => minimum(x, b).sum())(a).data(), [1, 0.5, 0], { dtype });
    assertClose(await slope((x) => maximum(x, x), a).data(), [1, 1, 1], { dtype });
  });

  it('power has derivatives at 0 and at negative bases', async () => {
    const a = tensor([0, 0, -2, 0, 3]);
    const b = tensor([1, 2, 3, 0, 0]);
    assertClose(await power(a, b).data(), [0, 0, -8, 1, 1], { dtype });
    assertClose(await slope((x) => power(x, b), a).data(), [1, 0, 12, 0, 0], { dtype });
    assertClose(await slope((x) => power(x, 2), tensor([-3, 0, 4])).data(), [-6, 0, 8], { dtype });
    // ∂²aᵇ/∂a∂b = aᵇ⁻¹·(1 + b·ln a), which tends to 0 at a = 0 for b = 2
    const byExponent = (x: Tensor): Tensor => slope((y) => power(x, y), tensor([2, 2]));
    assertClose(await slope(byExponent, tensor([0, 1])).data(), [0, 1], { dtype });
  });

  it('where keeps the branch that was not taken out of the derivative', async () => {
    const x = tensor([4, 0, -1]);
    const safe = (v: Tensor): Tensor => where(greater(v, 0), v, 1).sqrt();
    assertClose(await slope((v) => where(greater(v, 0), safe(v), 0), x).data(), [0.25, 0, 0], { dtype });
    // √ has an infinite derivative at 0, which reaches the branch not taken, and must not become 0·∞.
    assertClose(await slope((v) => where(greater(v, 0), v, 0).sqrt(), tensor([-1, 4])).data(), [0, 0.25], { dtype });
  });

  it('comparisons and integers have derivative zero', async () => {
    const x = tensor([1, -2]);
    assertClose(await slope((v) => cast(greater(v, 0), 'f32'), x).data(), [0, 0], { dtype });
    assertClose(await slope((v) => multiply(v, cast(cast(v, 'i32'), 'f32')), tensor([2.5, -1.5])).data(), [2, -1], {
      dtype,
    });
  });

  it('a tensor used twice gets both derivatives', async () => {
    const x = tensor([3, -4]);
    assertClose(await slope((v) => multiply(v, v), x).data(), [6, -8], { dtype });
    assertClose(await slope((v) => add(add(v, v), v), x).data(), [3, 3], { dtype });
    assertClose(await slope(square, x).data(), [6, -8], { dtype });
    assertClose(await slope(reciprocal, x).data(), [-1 / 9, -1 / 16], { dtype });
  });

  it('broadcasts as NumPy does, and sums derivatives over what was repeated', async () => {
    const column = tensor([[1], [2]]);
    const row = tensor([10, 20, 30]);
    const sum = add(column, row);
    expect(sum.shape).toEqual([2, 3]);
    assertClose(await sum.data(), [11, 21, 31, 12, 22, 32], { dtype });
    assertClose(await grad((v: Tensor) => multiply(v, row).sum())(column).data(), [60, 60], { dtype });
    assertClose(await grad((v: Tensor) => multiply(column, v).sum())(row).data(), [3, 3, 3], { dtype });
    expect(await add(zeros([0, 3]), row).data()).toHaveLength(0);
  });

  it('integers wrap around, and bits move as their type says', async () => {
    const big = tensor(Int32Array.of(2 ** 31 - 1, -(2 ** 31)));
    expect([...(await add(big, 1).data())]).toEqual([-(2 ** 31), -(2 ** 31) + 1]);
    expect([...(await multiply(tensor(Uint32Array.of(2 ** 31 + 1)), 2).data())]).toEqual([2]);
    expect([...(await shiftRight(tensor(Int32Array.of(-256)), 4).data())]).toEqual([-16]);
    expect([...(await shiftRight(tensor(Uint32Array.of(2 ** 32 - 256)), 4).data())]).toEqual([2 ** 28 - 16]);
  });

  it('cast truncates, saturates, and answers 0 for NaN', async () => {
    const x = tensor([1.9, -1.9, 3e9, -3e9, nan, 5e9]);
    expect([...(await cast(x, 'i32').data())]).toEqual([1, -1, 2 ** 31 - 1, -(2 ** 31), 0, 2 ** 31 - 1]);
    expect([...(await cast(x, 'u32').data())]).toEqual([1, 0, 3e9, 0, 0, 2 ** 32 - 1]);
    expect([...(await cast(tensor([0, -0, nan, 0.5]), 'bool').data())]).toEqual([0, 0, 1, 1]);
  });
});

describe('elementwise compositions', () => {
  const finite = [0, -0, 1, -1, 0.5, -3, 20, -20, 80, -80, 1e-6];

  it.each<[string, (x: Tensor) => Tensor, number[]]>([
    ['softplus', softplus, finite],
    ['silu', silu, finite],
    ['gelu', gelu, finite],
    ['square', square, finite],
    ['reciprocal', reciprocal, finite.filter((x) => x !== 0)],
    ['leakyRelu', (x) => leakyRelu(x), finite.filter((x) => x !== 0)],
    ['relu', relu, finite.filter((x) => x !== 0)],
    ['clip', (x) => clip(x, -1, 1), finite],
  ])('%s has derivatives that match differences at awkward points, to second order', async (name, f, points) => {
    expect(await checkOneSidedDerivatives((x) => f(x), [tensor(points)], 2, name)).toBeGreaterThan(points.length);
    await checkGradients((x: Tensor) => f(x), [tensor([0.3, -0.8, 2.5, -1.7])]);
  });
});

describe('elementwise errors', () => {
  it('name the operation, both types or shapes, and the remedy', () => {
    const [f, i] = [zeros([2, 3]), zeros([2, 3], 'i32')];
    expect(() => add(f, i)).toThrow('add: operands are f32[2, 3] and i32[2, 3]; types do not mix implicitly, use cast');
    expect(() => multiply(f, zeros([2]))).toThrow(
      /multiply: shapes \[2, 3\] and \[2\] do not broadcast: axis -1 is 3 in the first and 2 in the second/,
    );
    expect(() => add(i, 0.5)).toThrow('the number 0.5 is not an integer, but the other operand is i32');
    expect(() => where(f, 1, 0)).toThrow('where: the condition is f32[2, 3]; expected bool');
    expect(() => broadcastTo(f, [3, 2])).toThrow(/broadcastTo: shapes \[2, 3\] and \[3, 2\]/);
    expect(() => broadcastTo(f, [3])).toThrow(/broadcastTo: shape \[2, 3\] cannot become \[3\]/);
    expect(() => broadcastTo(f, [3])).toThrow(expect.objectContaining({ code: 'shape' }));
    expect(() => where(zeros([1], 'bool'), f, zeros([1], 'i32'))).toThrow('where: operands are f32[2, 3] and i32[1]');
    expect(() => logicalAnd(equal(f, f), f)).toThrow('logicalAnd: operands are bool[2, 3] and f32[2, 3]');
  });
});
