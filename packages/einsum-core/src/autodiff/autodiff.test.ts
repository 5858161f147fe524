import { assertClose, describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { treeLeaf } from '../base/tree.ts';
import { einsum } from '../operations/einsum.ts';
import { add, cast, exp, multiply, sin, stopGradient, tanh } from '../operations/elementwise.ts';
import { logSoftmax } from '../operations/reductions.ts';
import { ones, tensor, zeros } from '../tensor/create.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { grad, valueAndGrad } from './grad.ts';
import { hvp } from './hessian-vector.ts';
import { jvp } from './jvp.ts';
import { vjp } from './vjp.ts';

/** A quadratic form's matrix, not symmetric. */
const matrix = [
  [2, 1, 0],
  [-1, 3, 5],
  [4, 0, -2],
];
const quadratic = (x: Tensor): Tensor => einsum('i,ij,j->', x, tensor(matrix), x);

describeOnBackends('differentiation', (backend) => {
  useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';
  const x = tensor([1, -2, 0.5]);

  it('grad of x·x, with the same tensor twice, is 2x', async () => {
    assertClose(await grad((v: Tensor) => einsum('i,i->', v, v))(x).data(), [2, -4, 1], { dtype });
    assertClose(await grad((v: Tensor) => multiply(v, v).sum())(x).data(), [2, -4, 1], { dtype });
  });

  it('grad of grad of grad goes down the powers', async () => {
    const cube = (v: Tensor): Tensor => multiply(multiply(v, v), v);
    const at = tensor(2);
    assertClose(await grad(cube)(at).data(), [12], { dtype });
    assertClose(await grad(grad(cube))(at).data(), [12], { dtype });
    assertClose(await grad(grad(grad(cube)))(at).data(), [6], { dtype });
    assertClose(await grad(grad(grad(grad(cube))))(at).data(), [0], { dtype });
  });

  it('hvp is the Hessian times the direction', async () => {
    const direction = [1, 2, -1];
    const hessian = matrix.map((row, i) => row.map((value, j) => value + matrix[j][i]));
    const expected = hessian.map((row) => row.reduce((sum, value, j) => sum + value * direction[j], 0));
    assertClose(await hvp(quadratic, x, tensor(direction)).data(), expected, { dtype, reductionLength: 9 });
  });

  it('hvp equals the explicit Hessian of a function that is not quadratic', async () => {
    const f = (v: Tensor): Tensor => multiply(logSoftmax(multiply(v, v)), tensor([0.2, 0.5, 0.3])).sum();
    const direction = tensor([0.3, -1, 2]);
    const unit = (i: number): Tensor => tensor([0, 1, 2].map((k) => (k === i ? 1 : 0)));
    const rows = [0, 1, 2].map((i) => grad((v: Tensor) => multiply(grad(f)(v), unit(i)).sum())(x));
    const expected = await Promise.all(rows.map((row) => multiply(row, direction).sum().item()));
    assertClose(await hvp(f, x, direction).data(), expected, { dtype, reductionLength: 16 });
  });

  it('nested derivatives in different variables are not confused', async () => {
    // d/dx [x · d/dy (x + y)] = d/dx [x · 1] = 1; a confused one gives 2.
    const one = tensor(1);
    const inner = (v: Tensor): Tensor => grad((y: Tensor) => v.add(y))(tensor(3));
    assertClose(await grad((v: Tensor) => multiply(v, inner(v)))(one).data(), [1], { dtype });
    const forward = (v: Tensor): Tensor => jvp((y: Tensor) => v.add(y), [tensor(3)], [one])[1];
    assertClose(await jvp((v: Tensor) => multiply(v, forward(v)), [one], [one])[1].data(), [1], { dtype });
    // d/dx [x · d/dy (x·y²) at y = x] = d/dx 2x³ = 6x²
    const self = (v: Tensor): Tensor => multiply(v, grad((y: Tensor) => multiply(v, multiply(y, y)))(v));
    assertClose(await grad(self)(tensor(2)).data(), [24], { dtype });
  });

  it('what an output does not depend on has gradient zero, of its own shape', async () => {
    const gradient = grad((p: { used: Tensor; unused: Tensor }) => p.used.sum())({ used: x, unused: zeros([2, 2]) });
    assertClose(await gradient.used.data(), [1, 1, 1], { dtype });
    expect(await gradient.unused.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(await grad((_v: Tensor) => tensor(5))(x).toArray()).toEqual([0, 0, 0]);
    expect(await grad((_a: Tensor, b: Tensor) => b.sum(), { argument: 0 })(x, ones([3])).toArray()).toEqual([0, 0, 0]);
  });

  it('stopGradient cuts every order', async () => {
    const f = (v: Tensor): Tensor => multiply(stopGradient(exp(v)), v).sum();
    assertClose(await grad(f)(x).data(), [1, -2, 0.5].map(Math.exp), { dtype });
    assertClose(await hvp(f, x, ones([3])).data(), [0, 0, 0], { dtype });
    assertClose(await jvp(stopGradient, [x], [ones([3])])[1].data(), [0, 0, 0], { dtype });
  });

  it('integers and truth have zeros as gradients, and other leaves pass through', async () => {
    const map = { [treeLeaf]: true, name: 'a description' } as const;
    const parameters = { w: x, picks: tensor(Int32Array.of(1, 2, 3)), map, scale: 2 };
    const gradient = grad((p: typeof parameters) => multiply(multiply(p.w, cast(p.picks, 'f32')), p.scale).sum())(
      parameters,
    );
    assertClose(await gradient.w.data(), [2, 4, 6], { dtype });
    expect(await gradient.picks.toArray()).toEqual([0, 0, 0]);
    expect(gradient.map).toBe(map);
    expect(gradient.scale).toBe(2);
  });

  it('hvp takes parameters with integers and descriptions among them, and a gradient as the direction', async () => {
    const map = { [treeLeaf]: true, name: 'a description' } as const;
    const parameters = { picks: tensor(Int32Array.of(1, 2, 3)), map, w: x };
    const loss = (p: typeof parameters): Tensor => multiply(multiply(p.w, p.w), cast(p.picks, 'f32')).sum();
    const product = hvp(loss, parameters, grad(loss)(parameters));
    assertClose(await product.w.data(), [4, -32, 18], { dtype });
    expect(product.map).toBe(map);
  });

  it('the value inside valueAndGrad, vjp and jvp is the value outside', async () => {
    const f = (v: Tensor): Tensor => tanh(multiply(v, v)).sum();
    const outside = await f(x).item();
    const inside = [valueAndGrad(f)(x)[0], vjp(f, x)[0], jvp(f, [x], [x])[0]];
    for (const value of inside) assertClose([await value.item()], [outside], { dtype });
  });

  it('valueAndGrad hands further results through, and differentiates the argument that was asked for', async () => {
    const f = (a: Tensor, b: Tensor): readonly [Tensor, { product: Tensor }] => {
      const product = multiply(a, b);
      return [product.sum(), { product }];
    };
    const [[loss, more], gradient] = valueAndGrad(f, { auxiliary: true, argument: 1 })(x, tensor([2, 3, 4]));
    assertClose(await loss.data(), [-2], { dtype });
    assertClose(await more.product.data(), [2, -6, 2], { dtype });
    assertClose(await gradient.data(), [1, -2, 0.5], { dtype });
  });

  it('vjp pulls several cotangents back through one evaluation', async () => {
    const [value, pull] = vjp(
      (a: Tensor, b: Tensor) => ({ product: multiply(a, b), wave: sin(a) }),
      x,
      tensor([2, 3, 4]),
    );
    expect(value.product.shape).toEqual([3]);
    const [a, b] = pull({ product: ones([3]), wave: zeros([3]) });
    assertClose(await a.data(), [2, 3, 4], { dtype });
    assertClose(await b.data(), [1, -2, 0.5], { dtype });
    const [second] = pull({ product: zeros([3]), wave: ones([3]) });
    assertClose(await second.data(), [1, -2, 0.5].map(Math.cos), { dtype });
  });

  it('jvp takes numbers as tangents, and gives zero where nothing moves', async () => {
    const [, tangent] = jvp(
      (a: Tensor, b: Tensor) => multiply(a, b),
      [x, ones([3])] as [Tensor, Tensor],
      [1, 0] as never,
    );
    assertClose(await tangent.data(), [1, 1, 1], { dtype });
    assertClose(await jvp((_v: Tensor) => ones([2]), [x], [x])[1].data(), [0, 0], { dtype });
  });

  it('long chains do not overflow the stack', async () => {
    const f = (v: Tensor): Tensor => {
      let y = v;
      for (let i = 0; i < 3000; i++) y = y.add(1e-3);
      return y.sum();
    };
    assertClose(await grad(f)(x).data(), [1, 1, 1], { dtype });
  });
});

describe('differentiation', () => {
  it('mixed modes agree with finite differences for a small network, to third order', async () => {
    const network = ({ w, v }: { w: Tensor; v: Tensor }, x: Tensor): Tensor =>
      einsum('h,h->', tanh(einsum('i,ih->h', x, w)), v);
    const parameters = {
      w: tensor([
        [0.3, -0.7],
        [1.1, 0.2],
      ]),
      v: tensor([0.9, -1.3]),
    };
    await expect(checkGradients(network, [parameters, tensor([0.4, -0.6])], { order: 3 })).resolves.toBeUndefined();
  });

  it('refuses functions and arguments that have no gradient, saying what was found', () => {
    const x = zeros([2]);
    expect(() => grad((v: Tensor) => v)(x)).toThrow(
      'grad: the function returned f32[2]; expected f32[], a scalar: reduce it with sum or mean',
    );
    expect(() => grad((_v: Tensor) => tensor(1, { dtype: 'i32' }))(x)).toThrow('grad: the function returned i32[]');
    expect(() => grad((_v: Tensor) => [x] as never)(x)).toThrow('grad: the function returned an array');
    expect(() => grad((v: Tensor) => v.sum(), { argument: 1 as never })(x)).toThrow(
      'option argument is 1, but the function was called with 1 arguments',
    );
    expect(() => vjp((v: Tensor) => ({ y: v }), x)[1]({ y: zeros([3]) })).toThrow(
      'vjp: the cotangent of "y" is f32[3]; expected f32[2]',
    );
    expect(() => vjp((v: Tensor) => v, x)[1](undefined as never)).toThrow(
      'vjp: the cotangent of the result is missing; expected f32[2]',
    );
    expect(() => jvp((p: { w: Tensor }) => p.w, [{ w: x }], [{} as never])).toThrow(
      'jvp: the tangent of argument 0, "w" is missing; expected f32 like f32[2]',
    );
    expect(() => jvp((v: Tensor) => v, [x], [zeros([2], 'i32')])).toThrow('jvp: the tangent of argument 0 is i32');
    expect(() => jvp((v: Tensor) => v, [x], [zeros([3])])).toThrow(/broadcastTo: shapes \[3\] and \[2\]/);
  });

  it('refuses what is no tensor where one is differentiated in, and cotangents of integers', () => {
    const of = (value: unknown): Tensor => value as Tensor;
    const twice = (x: Tensor): Tensor => add(x, x);
    expect(() => grad(twice)(of(3))).toThrow('grad: the argument is no tensor but Number');
    expect(() => grad(twice)(of(undefined))).toThrow('grad: the argument is no tensor but Undefined');
    const [, pull] = vjp(twice, tensor([1, 2]));
    expect(() => pull(tensor([1, 2], { dtype: 'i32' }))).toThrow(
      'vjp: the cotangent of the result is i32[2]; expected f32[2]',
    );
  });

  it('gives tensors: nothing is computed until it is asked for', () => {
    const gradient = grad((v: Tensor) => v.square().sum())(zeros([2]));
    expect(isTensor(gradient)).toBe(true);
    expect(gradient.origin.kind).toBe('operation');
  });
});
