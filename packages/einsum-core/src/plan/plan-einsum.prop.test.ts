import type { EinsumCase } from '@einlab/testkit';
import { assertClose, einsumCase, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { BoundEinsum } from '../notation/bind.ts';
import { bindPattern } from '../notation/bind.ts';
import { parsePattern } from '../notation/parse.ts';
import { odometerEinsum } from '../testing/odometer-einsum.ts';
import { odometerPlan } from '../testing/odometer-plan.ts';
import type { Optimize } from './choose.ts';
import { defaultCostModel, totalCost } from './cost.ts';
import { dynamicPath } from './dynamic.ts';
import { allPaths, exhaustivePath } from './exhaustive.ts';
import { greedyPath } from './greedy.ts';
import { checkPath } from './path.ts';
import { planBound } from './plan-einsum.ts';
import { totalPlanCost, wholeCost } from './scoring.ts';
import { contractionSteps } from './steps.ts';

const bind = ({ text, shapes }: EinsumCase): BoundEinsum => bindPattern(parsePattern(text), shapes);
const bound = einsumCase().map(bind);
const smallBound = einsumCase({ maxOperands: 4, maxAxis: 3, maxCells: 256 }).map(bind);
const searches = ['auto', 'greedy', 'dynamic', 'left-to-right'] as const satisfies readonly Optimize[];
const model = fc.constantFrom(
  defaultCostModel,
  { ...defaultCostModel, launchSeconds: 0 },
  { ...defaultCostModel, bytesPerSecond: Infinity, launchSeconds: 0 },
  { ...defaultCostModel, flopsPerSecond: Infinity, launchSeconds: 0 },
);

/** Small whole numbers, so that sums in any order are exact in f64. */
function operandsOf({ sizes, operands }: BoundEinsum): Float64Array[] {
  return operands.map((axes, k) => {
    const length = axes.reduce((total, axis) => total * (axis < 0 ? 1 : sizes[axis]), 1);
    return Float64Array.from({ length }, (_, i) => ((i * 7 + k * 3) % 11) - 5);
  });
}

describe('planEinsum', () => {
  property(
    'is never costlier than left to right, whatever the search and the machine',
    fc.tuple(bound, fc.constantFrom(...searches), model, fc.boolean()),
    ([einsum, optimize, costModel, backward]) => {
      const plan = planBound(einsum, { optimize, costModel, backward });
      return wholeCost(plan).seconds <= wholeCost(plan.leftToRight).seconds;
    },
  );

  property('every search gives a well-formed path', bound, (einsum) => {
    for (const optimize of searches) {
      expect(() => checkPath(planBound(einsum, { optimize }).path, einsum.operands.length)).not.toThrow();
    }
    expect(() => checkPath(greedyPath(einsum, defaultCostModel), einsum.operands.length)).not.toThrow();
  });

  property(
    'dynamic programming costs what the best of all paths costs, up to five operands',
    fc.tuple(einsumCase({ maxOperands: 5 }).map(bind), model, fc.boolean()),
    ([einsum, costModel, backward]) => {
      const scoring = { ...costModel, backward };
      const seconds = (path: ReturnType<typeof dynamicPath>): number =>
        wholeCost(totalPlanCost(contractionSteps(einsum, path, scoring))).seconds;
      assertClose([seconds(dynamicPath(einsum, scoring))], [seconds(exhaustivePath(einsum, scoring))], {
        dtype: 'f64',
        reductionLength: einsum.operands.length,
      });
    },
  );

  property('the steps of every search compute the einsum', bound, (einsum) => {
    const operands = operandsOf(einsum);
    const direct = odometerEinsum(einsum, operands);
    for (const optimize of searches) {
      const plan = planBound(einsum, { optimize });
      assertClose(odometerPlan(plan, operands), direct, { dtype: 'f64', message: `${plan.pattern} by ${optimize}` });
    }
  });

  property('the steps of every path compute the einsum', smallBound, (einsum) => {
    const operands = operandsOf(einsum);
    const direct = odometerEinsum(einsum, operands);
    for (const optimize of allPaths(einsum.operands.length)) {
      assertClose(odometerPlan(planBound(einsum, { optimize }), operands), direct, { dtype: 'f64' });
    }
  });

  property('a path may reduce each operand before it is used', smallBound, (einsum) => {
    const count = einsum.operands.length;
    const reduce = Array.from({ length: count }, (_, id) => [id]);
    const rest = Array.from({ length: count - 1 }, (_, k) => [k === 0 ? count : 2 * count + k - 1, count + k + 1]);
    const operands = operandsOf(einsum);
    const plan = planBound(einsum, { optimize: [...reduce, ...rest] });
    assertClose(odometerPlan(plan, operands), odometerEinsum(einsum, operands), { dtype: 'f64' });
  });

  property('the totals are the sums of the steps, and steps read what was written', bound, (einsum) => {
    const plan = planBound(einsum);
    const { macs, flops, bytes, seconds } = plan;
    expect({ macs, flops, bytes, seconds }).toEqual(totalCost(plan.steps));
    const written = [...plan.operands, ...plan.steps.map((step) => step.output)];
    for (const step of plan.steps) expect(step.inputs).toEqual(step.operands.map((id) => written[id]));
    expect(written[written.length - 1]).toEqual(plan.output);
  });

  property('a step multiplies as often as its loops run', bound, (einsum) => {
    for (const step of planBound(einsum).steps) {
      if (step.inputs.length < 2) continue;
      const [left, right] = step.inputs;
      // What only one operand holds and the result lacks is summed before, so it is no loop of the product.
      const loops = [...new Set([...left, ...right])].filter(
        (axis) => axis >= 0 && ((left.includes(axis) && right.includes(axis)) || step.output.includes(axis)),
      );
      expect(step.macs).toBe(loops.reduce((total, axis) => total * einsum.sizes[axis], 1));
    }
  });

  property('every plan can be printed', fc.tuple(bound, fc.boolean()), ([einsum, backward]) => {
    const plan = planBound(einsum, { backward });
    const lines = String(plan).split('\n');
    expect(lines[0]).toBe(`einsum  ${plan.pattern}`);
    expect(lines.filter((line) => /^t\d+ /.test(line))).toHaveLength(plan.steps.length);
    expect(lines.join()).not.toContain('NaN');
    expect(lines.join()).not.toContain('undefined');
  });
});
