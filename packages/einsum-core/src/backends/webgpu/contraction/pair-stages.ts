import { normalizeContraction } from '../../../kernels/contraction.ts';
import type { LoweredProgram } from '../../../program/lower.ts';
import type { Target } from '../target.ts';
import { contractionCost } from './contraction-schedule.ts';
import { MACHINES, type MachineCosts } from './machine-costs.ts';
import { isStored, type PlacedCall, type StoredCall, type StoredContraction } from './stored-operands.ts';
import { stageReads, type TwoStages, twoStages } from './two-stages.ts';
import { type StageTile, type TwoStageTile, twoStageTiles } from './two-stage-tile.ts';

/** Two contractions that one kernel computes. */
export interface PairedStages {
  readonly first: StoredCall & PlacedCall;
  readonly stages: TwoStages;
  readonly tile: TwoStageTile;
}

/** The contractions that are second stages, by their place, where one kernel for both costs less than two by the model of the machine. */
export function pairStages(
  calls: readonly PlacedCall[],
  program: LoweredProgram,
  target: Target,
): ReadonlyMap<number, PairedStages> {
  const handedOut = new Set(program.outputs);
  const readCount = new Map<number, number>();
  for (const { reads } of calls) for (const buffer of reads) readCount.set(buffer, (readCount.get(buffer) ?? 0) + 1);
  const makers = new Map<number, StoredCall & PlacedCall>();
  const pairs = new Map<number, PairedStages>();
  for (const call of calls) {
    if (!isStored(call)) continue;
    const pair = call.reads
      .filter((buffer) => readCount.get(buffer) === 1 && !handedOut.has(buffer))
      .flatMap((buffer) => makers.get(buffer) ?? [])
      .map((first) => pairOf(first, call, program, target))
      .find((found) => found !== undefined);
    if (pair === undefined) makers.set(call.writes[0], call);
    else {
      pairs.set(call.place, pair);
      makers.delete(pair.first.writes[0]);
    }
  }
  return pairs;
}

function pairOf(
  first: PairedStages['first'],
  second: StoredCall,
  { buffers }: LoweredProgram,
  target: Target,
): PairedStages | undefined {
  const stages = twoStages(first, second);
  if (stages === undefined) return undefined;
  // parts of a large buffer are bound one after the other, which two kernels can do
  const operands = [...stageReads(stages, first, second), ...second.writes];
  if (new Set(operands).size > target.bindings) return undefined;
  if (operands.some((buffer) => 4 * buffers[buffer].elements > target.bindingBytes)) return undefined;
  const machine = MACHINES[target.machine]();
  const [best] = twoStageTiles(stages, target.workgroupBytes)
    .map((tile) => ({ tile, cost: twoStageCost(stages, tile, machine) }))
    .toSorted((one, other) => one.cost - other.cost);
  const alone = [first, second].map(({ kernel }) => contractionCostOf(kernel, target, machine));
  const between = stages.first.free.reduce((product, { size }) => product * size, 1);
  const apart = alone[0] + alone[1] + machine.pass + (machine.spill * between) / machine.invocations;
  return best !== undefined && best.cost < apart ? { first, stages, tile: best.tile } : undefined;
}

function contractionCostOf({ contraction }: StoredContraction, { planOf }: Target, machine: MachineCosts): number {
  const kernel = normalizeContraction(contraction);
  return contractionCost(kernel, planOf(kernel), machine);
}

const product = (axes: readonly { readonly size: number }[]): number =>
  axes.reduce((total, { size }) => total * size, 1);

const INVOCATIONS = 64;

/** Multiply-accumulates and what else takes as long, as for contractions alone. */
export function twoStageCost(
  { token, column, others, first, second }: TwoStages,
  tile: TwoStageTile,
  { load, sharedLoad, barrier, invocations }: MachineCosts,
): number {
  const { tokens, rows } = tile;
  const groups =
    Math.ceil(token.size / tokens) * (column === undefined ? 1 : column.size / tile.columns) * product(others);
  const turns = ({ positions }: StageTile): number => Math.ceil(((tokens / rows) * product(positions)) / INVOCATIONS);
  const work = ({ blocked: { size } }: StageTile, depth: number, dataLoad: number, store: number): number =>
    depth * (rows * size + dataLoad * rows + load * size) + rows * size * store;
  const each =
    turns(tile.first) * work(tile.first, product(first.summed), load, sharedLoad) +
    2 * barrier +
    turns(tile.second) * work(tile.second, product(second.summed), sharedLoad, load);
  return Math.max(1, (groups * INVOCATIONS) / invocations) * each;
}
