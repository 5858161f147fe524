import { assertClose, describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { treeLeaf } from '../base/tree.ts';
import { einsum } from '../operations/einsum.ts';
import { divide, multiply, tanh } from '../operations/elementwise.ts';
import { tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { compile } from './compile.ts';
import { openDevice } from './device.ts';
import { evaluate } from './evaluate.ts';

/** Counts how often a function is traced. */
function counted<Arguments extends readonly unknown[], Output>(
  f: (...values: Arguments) => Output,
): {
  readonly f: (...values: Arguments) => Output;
  readonly traces: () => number;
} {
  let traces = 0;
  return {
    f: (...values) => {
      traces++;
      return f(...values);
    },
    traces: () => traces,
  };
}

describeOnBackends('compile', (backend) => {
  const device = useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);

  it('gives what plain evaluation gives, call after call', async () => {
    const loss = (p: { w: Tensor; b: Tensor }, v: Tensor): Tensor =>
      tanh(einsum('bi,io->bo', v, p.w).add(p.b))
        .square()
        .mean();
    const parameters = {
      w: tensor([
        [0.5, -1],
        [0.25, 2],
      ]),
      b: tensor([0.1, -0.2]),
    };
    const plain = grad(loss)(parameters, x);
    const step = compile(grad(loss));
    for (let call = 0; call < 3; call++) {
      const compiled = await step(parameters, x);
      assertClose(await compiled.w.data(), await plain.w.data(), { dtype, reductionLength: 4 });
      assertClose(await compiled.b.data(), await plain.b.data(), { dtype, reductionLength: 4 });
    }
  });

  it('traces once for each signature: shapes, types, and leaves that are no tensors', async () => {
    const { f, traces } = counted((v: Tensor, options: { scale: number }) => multiply(v, options.scale));
    const run = compile(f);
    assertClose(await (await run(tensor([1, 2]), { scale: 3 })).data(), [3, 6], { dtype });
    assertClose(await (await run(tensor([5, 6]), { scale: 3 })).data(), [15, 18], { dtype });
    expect(traces()).toBe(1);
    assertClose(await (await run(tensor([1, 2]), { scale: 4 })).data(), [4, 8], { dtype });
    assertClose(await (await run(tensor([1, 2, 3]), { scale: 4 })).data(), [4, 8, 12], { dtype });
    await run(tensor(Int32Array.of(1, 2)), { scale: 4 });
    expect(traces()).toBe(4);
    assertClose(await (await run(tensor([7, 8]), { scale: 3 })).data(), [21, 24], { dtype });
    expect(traces()).toBe(4);
  });

  it('tells descriptions apart by what they print as, and hands other results through', async () => {
    const kind = (name: string) => ({ [treeLeaf]: true, toString: () => name }) as const;
    const { f, traces } = counted((v: Tensor, map: ReturnType<typeof kind>) => ({
      doubled: multiply(v, 2),
      map,
      label: 'fixed',
    }));
    const run = compile(f);
    const first = await run(x, kind('dense'));
    expect(`${first.map}`).toBe('dense');
    expect(first.label).toBe('fixed');
    await run(x, kind('dense'));
    expect(traces()).toBe(1);
    expect(`${(await run(x, kind('monarch'))).map}`).toBe('monarch');
    expect(traces()).toBe(2);
  });

  it('tells functions and instances of one text apart, and every number', async () => {
    const scaled =
      (by: number) =>
      (v: Tensor): Tensor =>
        multiply(v, by);
    const applied = compile((v: Tensor, f: (v: Tensor) => Tensor) => f(v));
    const [twice, thrice] = [scaled(2), scaled(3)];
    const one = tensor([1]);
    expect(await (await applied(one, twice)).item()).toBe(2);
    expect(await (await applied(one, thrice)).item()).toBe(3);
    const { f, traces } = counted((v: Tensor, g: (v: Tensor) => Tensor) => g(v));
    const again = compile(f);
    for (const g of [twice, thrice, twice]) await again(one, g);
    expect(traces()).toBe(2);

    const byEntry = compile((v: Tensor, settings: ReadonlyMap<string, number>) => multiply(v, settings.get('by') ?? 0));
    for (const by of [2, 3]) expect(await (await byEntry(one, new Map([['by', by]]))).item()).toBe(by);
    const byTime = compile((v: Tensor, at: Date) => multiply(v, at.getTime()));
    for (const at of [5, 7]) expect(await (await byTime(one, new Date(at))).item()).toBe(at);
    const over = compile((v: Tensor, by: number) => divide(v, by));
    for (const by of [0, -0]) expect(await (await over(one, by)).item()).toBe(1 / by);
    const orNothing = compile((v: Tensor, by?: null) => multiply(v, by === null ? 2 : 3));
    expect(await (await orNothing(one, null)).item()).toBe(2);
    expect(await (await orNothing(one)).item()).toBe(3);
    expect(await (await orNothing(one, undefined)).item()).toBe(3);
    await expect(compile((v: Tensor, _name: symbol) => v)(one, Symbol('name'))).resolves.toBeDefined();
  });

  it('keeps what the function closed over as it was when traced', async () => {
    const host = tensor([1, 10]);
    const kept = await evaluate(multiply(host, 2));
    const run = compile((v: Tensor) => v.add(kept).add(host));
    assertClose(await (await run(tensor([1, 1]))).data(), [4, 31], { dtype });
    assertClose(await (await run(tensor([2, 2]))).data(), [5, 32], { dtype });
    run.dispose();
    assertClose(await kept.data(), [2, 20], { dtype, message: 'a kept tensor that a disposed program closed over' });
    kept.dispose();
  });

  it('refuses to run once a kept tensor that it closed over was disposed of', async () => {
    const kept = await evaluate(tensor([1, 2]).add(1));
    const run = compile((v: Tensor) => multiply(v, kept));
    await run(tensor([1, 1]));
    kept.dispose();
    await expect(run(tensor([1, 1]))).rejects.toThrow('was disposed of');
  });

  it('frees donated arguments after the call, and only those', async () => {
    const state = await evaluate({ w: tensor(new Float32Array(1000)).add(1), step: tensor(0).add(0) });
    const other = await evaluate(tensor(new Float32Array(1000)).add(2));
    const run = compile((s: typeof state, g: Tensor) => ({ w: s.w.add(g), step: s.step.add(1) }), { donate: [0] });
    (await run(await evaluate({ w: multiply(state.w, 1), step: state.step.add(0) }), other)).w.dispose(); // the program is built
    const before = device().memory().live;
    const next = await run(state, other);
    expect(device().memory().live).toBeLessThanOrEqual(before);
    await expect(state.w.data()).rejects.toThrow(
      'f32[1000] from kept was disposed of or donated and cannot be used any more',
    );
    assertClose((await next.w.data()).slice(0, 2), [3, 3], { dtype });
    assertClose((await other.data()).slice(0, 1), [2], { dtype });
  });

  it('a training loop holds no more memory at the end than after its first step', async () => {
    const run = compile(
      (w: Tensor, v: Tensor) =>
        w.subtract(multiply(grad((p: Tensor) => einsum('bi,i->b', v, p).square().mean())(w), 0.01)),
      { donate: [0] },
    );
    let w = await run(tensor([1, -1]), x);
    const after = device().memory().live;
    for (let step = 0; step < 20; step++) w = await run(w, x);
    // what earlier tests left behind may be collected meanwhile
    expect(device().memory().live).toBeLessThanOrEqual(after);
    expect(await einsum('bi,i->b', x, w).square().mean().item()).toBeLessThan(1);
  });

  it('computes lazy arguments first, once, and lets go of them', async () => {
    const run = compile((a: Tensor, b: Tensor) => a.add(b));
    const lazy = multiply(x, 2);
    await run(lazy, lazy);
    const before = device().memory().live;
    const sum = await run(lazy, lazy);
    assertClose(await sum.data(), [4, 8, 12, 16], { dtype });
    sum.dispose();
    expect(device().memory().live).toBe(before);
  });

  it('gives each of equal outputs, and inputs among outputs, memory of their own', async () => {
    const run = compile((v: Tensor) => {
      const y = multiply(v, 2);
      return [y, y, v];
    });
    const [a, b, c] = await run(x);
    a.dispose();
    assertClose(await b.data(), [2, 4, 6, 8], { dtype });
    assertClose(await c.data(), [1, 2, 3, 4], { dtype });
  });

  it('runs where its option says, and where its arguments live', async () => {
    const own = await openDevice('reference');
    const sum = await compile((v: Tensor) => v.add(1), { device: own })(tensor([1 / 3]));
    expect((await sum.data())[0]).toBe(1 / 3 + 1);
    const run = compile((v: Tensor) => multiply(v, 3));
    assertClose(await (await run(await evaluate(tensor([2]).add(0)))).data(), [6], { dtype });
    expect((await (await run(sum)).data())[0]).toBe((1 / 3 + 1) * 3);
    own.close();
  });

  it('refuses arguments kept on different devices, naming both', async () => {
    const own = await openDevice('reference');
    const foreign = await compile((v: Tensor) => v.add(1), { device: own })(tensor([1]));
    const local = await evaluate(tensor([1]).add(1));
    await expect(compile((a: Tensor, b: Tensor) => a.add(b))(local, foreign)).rejects.toThrow(
      new RegExp(`f32\\[1\\] from kept is kept on a reference device, but a ${backend} device computes here`),
    );
    await expect(local.add(foreign).data()).rejects.toThrow('read it with data() and make a new tensor');
    own.close();
  });

  it('forgets a call that failed: the next one traces again', async () => {
    let fails = true;
    const run = compile((v: Tensor) => {
      if (fails) throw new RangeError('not yet');
      return multiply(v, 2);
    });
    await expect(run(x)).rejects.toThrow('not yet');
    fails = false;
    assertClose(await (await run(x)).data(), [2, 4, 6, 8], { dtype });
  });

  it('explains its programs, and works again after it was disposed of', async () => {
    const run = compile((v: Tensor) => multiply(v, 2));
    expect(run.explain()).toBe('compile: no call yet');
    await run(x);
    expect(run.explain()).toContain(`${backend} program`);
    run.dispose();
    expect(run.explain()).toBe('compile: no call yet');
    assertClose(await (await run(x)).data(), [2, 4, 6, 8], { dtype });
  });

  it('a tensor of the tracing that escaped cannot be read, and the error says why', async () => {
    let escaped: Tensor | undefined;
    await compile((v: Tensor) => {
      escaped = v;
      return v;
    })(zeros([2]));
    await expect(escaped?.data()).rejects.toThrow('a tensor made while a function is traced was used outside of it');
  });
});

describe('compile', () => {
  it('refuses something that is not a device', () => {
    expect(() => compile((v: Tensor) => v, { device: {} as never })).toThrow(
      'this is not a device that openDevice returned',
    );
  });
});
