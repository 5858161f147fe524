import {
  argMax,
  compile,
  einsum,
  evaluate,
  mapTree,
  mean,
  openDevice,
  random,
  setDefaultDevice,
  sqrt,
  square,
  subtract,
  type Tensor,
  valueAndGrad,
} from '@einlab/einsum-core';
import {
  adam,
  crossEntropy,
  type OptimizerState,
  type RateTree,
  type ResidualMlp,
  rates,
  residualMlp,
  type Structure,
} from '@einlab/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { blockTensorTrain } from './block-tensor-train.ts';
import { kronecker } from './kronecker.ts';

const widths = [16, 64, 256, 1024] as const;
const seeds = [1, 2, 3] as const;
const steps = 30;
const batch = 64;

/** How much the last hidden features change per step (RMS on fixed inputs), averaged over the first steps of training. */
async function changePerStep(structure: Structure, width: number, aware: boolean, seed: number): Promise<number> {
  const [forModel, forData, forTeacher, forFixed] = random.split(random.key(seed), 4) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  // Without biases, whose rates do not depend on the structure, only the cores move the features.
  let model: ResidualMlp = await evaluate(
    residualMlp.init(forModel, { in: 48, out: 10, width, depth: 2, expansion: 1, structure, bias: false }),
  );
  const multipliers = mapTree<RateTree>(rates(model, { base: { width: 64 }, aware }), (rate, path) =>
    typeof rate === 'number' && path.startsWith('input.') ? rate * 0.1 : rate,
  );
  const optimizer = adam({ rate: 3e-3, rates: multipliers });
  let state: OptimizerState = await evaluate(optimizer.init(model));
  const teacher = await evaluate(random.normal(forTeacher, [48, 10]));
  const fixed = await evaluate(random.normal(forFixed, [batch, 48]));
  const step = compile((from: ResidualMlp, before: OptimizerState, x: Tensor) => {
    const target = argMax(einsum('batch in, in class -> batch class', x, teacher), -1);
    const [, gradients] = valueAndGrad((parameters: ResidualMlp) =>
      crossEntropy(residualMlp.apply(parameters, x), target),
    )(from);
    const { params, state: after } = optimizer.update(gradients, before, from);
    const change = sqrt(mean(square(subtract(residualMlp.hidden(params, fixed), residualMlp.hidden(from, fixed)))));
    return { params, after, change };
  });
  let total = 0;
  for (let i = 0; i < steps; i++) {
    const { params, after, change } = await step(model, state, random.normal(random.foldIn(forData, i), [batch, 48]));
    [model, state] = [params, after];
    total += await change.item();
  }
  step.dispose();
  return total / steps;
}

/** The change per step at the largest width over that at the smallest, each averaged over the seeds. */
async function ratioOfChanges(structure: Structure, aware: boolean): Promise<{ ratio: number; changes: number[] }> {
  const changes: number[] = [];
  for (const width of widths) {
    let total = 0;
    for (const seed of seeds) total += await changePerStep(structure, width, aware, seed);
    changes.push(total / seeds.length);
  }
  return { ratio: (changes.at(-1) ?? NaN) / (changes[0] ?? NaN), changes };
}

// The coordinate check of the maximal update parametrization: see docs/derivations/structured-initialization.md.
describe(`coordinate check, widths ${widths.join(', ')}, mean of ${seeds.length} seeds, on wasm`, () => {
  beforeAll(async () => setDefaultDevice(await openDevice('wasm')));

  it.each([blockTensorTrain(), kronecker()].map((structure) => [`${structure}`, structure] as const))(
    '%s changes features equally at all widths with structure-aware rates, and ever less with naive ones',
    { timeout: 120_000 },
    async (_, structure) => {
      const aware = await ratioOfChanges(structure, true);
      const naive = await ratioOfChanges(structure, false);
      const shown = JSON.stringify({ aware, naive });
      expect(aware.ratio, shown).toBeGreaterThanOrEqual(0.5);
      expect(aware.ratio, shown).toBeLessThanOrEqual(1.6);
      expect(naive.ratio, shown).toBeLessThan(0.35);
    },
  );
});
