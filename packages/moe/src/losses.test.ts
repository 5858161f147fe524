import { evaluate, ones, random, type Tensor, tensor } from '@einlab/einsum-core';
import { checkGradients } from '@einlab/einsum-core/testing';
import type { Cores } from '@einlab/nn';
import { assertClose, describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { closeOn, rowsOf, useBackend } from './backend.test-helper.ts';
import {
  balanceLoss,
  bttMoe,
  denseMoe,
  expertChoiceRouter,
  importanceLoss,
  moeMlp,
  observeRouting,
  routerZLoss,
  type Routing,
  routingLoss,
  sigmoidRouter,
} from './index.ts';
import { planExecution } from './execution/plan-execution.ts';

const routingOf = async (gate: number, count = 16): Promise<Routing> => {
  const map = bttMoe({ experts: 4, k: 2 }).realize(6, 6);
  const cores = { ...map.init(random.key(1)), gate: random.normal(random.key(2), [6, 4]).multiply(gate) };
  return map.route(cores, random.normal(random.key(3), [count, 6]));
};

describeOnBackends('losses of routing', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);

  it('balance is exactly 1 for uniform routing, and E where one expert gets all', async () => {
    const uniform = await routingOf(0);
    expect(await balanceLoss(uniform).item()).toBe(1);
    const all = tensor([
      [1, 0, 0, 0],
      [1, 0, 0, 0],
    ]);
    expect(await balanceLoss({ ...uniform, probabilities: all, chosen: all }).item()).toBeCloseTo(4, 5);
  });

  it('z is (ln E)² at the start', async () => {
    close([await routerZLoss(await routingOf(0)).item()], [Math.log(4) ** 2]);
  });

  it('both and importance are what their definitions say', async () => {
    const routing = await routingOf(1);
    const { probabilities, chosen, logits, gates } = await evaluate({
      probabilities: routing.probabilities,
      chosen: routing.chosen,
      logits: routing.logits,
      gates: routing.gates,
    });
    const columns = async (of: Tensor): Promise<number[]> =>
      rowsOf(await of.data(), 4).reduce((total, row) => total.map((sum, i) => sum + (row[i] ?? 0)), [0, 0, 0, 0]);
    const [p, f, w] = [await columns(probabilities), await columns(chosen), await columns(gates)];
    const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    const balance = 4 * total(p.map((own, i) => (own / total(p)) * ((f[i] ?? 0) / total(f))));
    const z = total(rowsOf(await logits.data(), 4).map((row) => Math.log(total(row.map(Math.exp))) ** 2)) / 16;
    const mean = total(w) / 4;
    const variation = total(w.map((own) => (own - mean) ** 2)) / 4 / mean ** 2;
    close(
      [await balanceLoss(routing).item(), await routerZLoss(routing).item(), await importanceLoss(routing).item()],
      [balance, z, variation],
      { reductionLength: 64 },
    );
    const both = await routingLoss([
      { path: 'a', routing },
      { path: 'b', routing },
    ]).item();
    close([both], [0.01 * balance + 0.001 * z], { reductionLength: 64 });
    expect(await routingLoss([]).item()).toBe(0);
  });

  it('a batch of zero tokens has finite losses', async () => {
    const none = await routingOf(1, 0);
    expect([await balanceLoss(none).item(), await routerZLoss(none).item(), await importanceLoss(none).item()]).toEqual(
      [0, 0, 0],
    );
  });
});

describe('derivatives away from ties', () => {
  const x = random.normal(random.key(3), [7, 6]);
  it.each([
    ['masked', bttMoe({ experts: 4, k: 2, execution: 'masked' })],
    ['gathered', bttMoe({ experts: 4, k: 2, execution: 'gathered' })],
    [
      'of dense experts in order of choice',
      denseMoe({ experts: 4, k: 2, router: expertChoiceRouter(), execution: 'gathered' }),
    ],
    ['of whole perceptrons', moeMlp({ experts: 4, expansion: 1, execution: 'gathered' })],
  ] as const)('%s: gate, cores and input match finite differences', async (_, structure) => {
    const map = structure.realize(6, 6);
    const cores = await evaluate({ ...map.init(random.key(1)), gate: random.normal(random.key(2), [6, 4]) });
    const f = (own: Cores, input: Tensor): Tensor => map.apply(own, input);
    await expect(checkGradients(f, [cores, await evaluate(x)], { order: 1 })).resolves.toBeUndefined();
  });

  it('of the losses', async () => {
    const map = bttMoe({ experts: 4, k: 2 }).realize(6, 6);
    const f = (gate: Tensor, input: Tensor): Tensor[] => {
      const routing = map.route({ ...map.init(random.key(1)), gate }, input);
      return [balanceLoss(routing), routerZLoss(routing), importanceLoss(routing)];
    };
    await expect(checkGradients(f, [random.normal(random.key(2), [6, 4]), x], { order: 1 })).resolves.toBeUndefined();
  });
});

describe('planExecution', () => {
  it('takes the gathered form where few of many experts are used, and the masked one for few tokens or k = E', () => {
    const form = (experts: number, k: number, tokens: number, d = 1024): string => {
      const map = bttMoe({ experts, k }).realize(d, d);
      return planExecution(map.bank, tokens, { experts, k, tokensChoose: true, capacity: undefined }).form;
    };
    expect([form(16, 2, 2048), form(8, 2, 2048), form(16, 2, 1024, 64)]).toEqual(['gathered', 'gathered', 'gathered']);
    expect([form(4, 4, 2048), form(16, 2, 1)]).toEqual(['masked', 'masked']);
    const map = bttMoe({ experts: 16 }).realize(1024, 1024);
    const plan = planExecution(map.bank, 2048, { experts: 16, k: 2, tokensChoose: true, capacity: undefined });
    expect(`${plan}`).toMatch(/^gathered in blocks of \d+: \d.\de\+8 against \d.\de\+9$/);
  });
});

describe('observeRouting', () => {
  it('tells of layers by their paths, in order, and only of what is applied inside', async () => {
    const [one, two] = [
      bttMoe({ experts: 4 }).realize(6, 6),
      denseMoe({ experts: 3, router: sigmoidRouter() }).realize(6, 6),
    ];
    const model = {
      a: { map: one, cores: one.init(random.key(1)) },
      b: [{ map: two, cores: two.init(random.key(2)) }],
    };
    const apply = (): Tensor => two.apply(model.b[0]?.cores ?? {}, one.apply(model.a.cores, ones([2, 6])));
    const { value, routings } = observeRouting(model, apply);
    expect(value.shape).toEqual([2, 6]);
    expect(routings.map(({ path, routing }) => [path, routing.experts])).toEqual([
      ['a', 4],
      ['b.0', 3],
    ]);
    const outer = observeRouting(model, () => observeRouting(model, apply).routings.length);
    expect([outer.value, outer.routings.length]).toEqual([2, 0]);
    assertClose(await value.data(), await apply().data(), { dtype: 'f64' });
  });

  it('refuses a function that awaits, and forgets the observation when one throws', () => {
    expect(() => observeRouting({}, async () => 1)).toThrow('observeRouting: the function returned a promise');
    const map = denseMoe({ experts: 2 }).realize(3, 3);
    const { routings } = observeRouting({}, () => {
      expect(() =>
        observeRouting({}, () => {
          throw new Error('own');
        }),
      ).toThrow('own');
      return map.apply(map.init(random.key(1)), ones([1, 3]));
    });
    expect(routings.length).toBe(1);
  });
});
