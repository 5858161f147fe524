import { describe, expect, it } from 'vitest';
import type { BoundEinsum } from '../notation/bind.ts';
import { bindPattern } from '../notation/bind.ts';
import { parsePattern } from '../notation/parse.ts';
import { defaultCostModel, totalCost } from './cost.ts';
import { dynamicPath } from './dynamic.ts';
import { greedyPath } from './greedy.ts';
import type { ContractionPath } from './path.ts';
import { contractionSteps } from './steps.ts';

const bind = (text: string, shapes: number[][]): BoundEinsum => bindPattern(parsePattern(text), shapes);
const seconds = (bound: BoundEinsum, path: ContractionPath): number =>
  totalCost(contractionSteps(bound, path, defaultCostModel)).seconds;

describe('greedyPath', () => {
  it('finds the best order of a network whose axes go away as they are used up', () => {
    const bound = bind('ef,df,ed,cd,fc->', [
      [10, 50],
      [50, 50],
      [10, 50],
      [10, 50],
      [50, 10],
    ]);
    const path = greedyPath(bound, defaultCostModel);
    expect(path).toEqual([
      [0, 2],
      [1, 5],
      [3, 6],
      [4, 7],
    ]);
    expect(seconds(bound, path)).toBe(seconds(bound, dynamicPath(bound, defaultCostModel)));
  });

  it('finds the thin end of a chain', () => {
    const bound = bind('ab,bc,cd,de->ae', [
      [40, 30],
      [30, 20],
      [20, 10],
      [10, 1],
    ]);
    expect(greedyPath(bound, defaultCostModel)).toEqual([
      [2, 3],
      [1, 4],
      [0, 5],
    ]);
  });

  it('leaves outer products to the end', () => {
    const bound = bind('a,bc,a,cb->', [[2], [30, 40], [2], [40, 30]]);
    const path = greedyPath(bound, defaultCostModel);
    expect(new Set(path.slice(0, 2).map(String))).toEqual(new Set(['0,2', '1,3']));
  });
});
