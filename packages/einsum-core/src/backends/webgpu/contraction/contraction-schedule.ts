import {
  type ContractionAxis,
  contractionMacs,
  type NormalizedContraction,
  swapOperands,
} from '../../../kernels/contraction.ts';
import { sizesOf } from './contraction-layout.ts';
import { CARD, MACHINES, type MachineCosts, SOFTWARE } from './machine-costs.ts';
import type { Machine } from './machine.ts';
import type { ContractionSchedule, RegisterSchedule } from './schedules.ts';

export type { ContractionSchedule, RegisterSchedule, TileSchedule } from './schedules.ts';

/** A schedule, and into how many parts of equal length the sum is split that are added up in a second pass. */
export interface ContractionPlan {
  readonly schedule: ContractionSchedule;
  readonly parts: number;
}

/** Invocations along each side of a workgroup with a tile. */
export const TILE_THREADS = 8;

/** A sum is not split into parts shorter than this. */
const SHORTEST_PART = 256;
const PARTS = [1, 2, 4, 8, 16, 32] as const;

/**
 * Whether a matrix times a vector, or a product of vectors, is a sum that the lanes of a workgroup share: where results
 * are too few to give each an invocation, or where a card reads neighbouring elements only along the sum.
 */
export function sumsAcrossLanes(kernel: NormalizedContraction, machine: Machine): boolean {
  const { batch, rows, columns, depth } = sizesOf(kernel);
  // no element is used more than once along the rows, or along the columns
  if (rows > 1 && columns > 1) return false;
  if (machine !== 'card') return batch * rows * columns < SOFTWARE.invocations;
  const matrix = rows > 1 ? 'left' : 'right';
  const stepOf = (axes: readonly ContractionAxis[]): number => Math.min(...axes.map((axis) => Math.abs(axis[matrix])));
  const isAlongSum = stepOf(kernel.contracted) < stepOf([...kernel.batch, ...kernel.rows, ...kernel.columns]);
  return isAlongSum || (depth >= 64 && batch * rows * columns < CARD.invocations / 4);
}

/** A shader that computes more results in an invocation takes long to compile, so only what takes long to run has one. */
const MOST_SMALL_RESULTS = 256;
const LARGE_SHADER_MACS = 2 ** 24;

/** The plan that costs the least by a model of the machine. */
export function planContraction(kernel: NormalizedContraction, kind: Machine): ContractionPlan {
  const [{ plan }] = plansByCost(kernel, kind);
  return plan;
}

/** Turning is worth it below this part of the cost (at 0.77 it was not: 32 columns), and where sums are long enough that stores do not count. */
const TURNED = { cost: 0.75, depth: 64 };

/**
 * The plan with rows and columns exchanged, where a processor that imitates a card computes that in clearly less: few columns are few results
 * for each element of left that is read, and as rows they are all of an invocation's. On SwiftShader a product of 2048 × 1024 with 1024 × 16
 * takes 15.3 ms for 20.2.
 */
export function turnedWherePaying(
  kernel: NormalizedContraction,
  plan: ContractionPlan,
  kind: Machine,
): ContractionPlan {
  if (kind === 'card' || plan.parts > 1 || sizesOf(kernel).depth < TURNED.depth) return plan;
  const machine = MACHINES[kind]();
  const swapped = swapOperands(kernel);
  const { schedule, parts } = planContraction(swapped, kind);
  if (schedule.kind !== 'registers' || parts > 1) return plan;
  const [own, turned] = [
    contractionCost(kernel, plan, machine),
    contractionCost(swapped, { schedule, parts }, machine),
  ];
  return turned < TURNED.cost * own ? { schedule: { ...schedule, isTurned: true }, parts } : plan;
}

/** A plan, and what it costs by the model. */
interface PricedPlan {
  readonly plan: ContractionPlan;
  readonly cost: number;
}

/** Every plan that the machine has for a contraction, the cheapest by the model first. */
function plansByCost(kernel: NormalizedContraction, kind: Machine): PricedPlan[] {
  const machine = MACHINES[kind]();
  const isLong = contractionMacs(kernel) >= LARGE_SHADER_MACS;
  const { rows: allRows } = sizesOf(kernel);
  const registers = machine.registers.filter(({ rows, isForAllRows }) => isForAllRows !== true || allRows <= rows);
  const schedules = [...registers.map((schedule) => fitRegisters(kernel, schedule)), ...machine.tiles].filter(
    ({ rows, columns }) => isLong || rows * columns <= MOST_SMALL_RESULTS,
  );
  return PARTS.filter((parts) => canSplit(kernel.contracted, parts))
    .flatMap((parts) => schedules.map((schedule) => ({ schedule, parts })))
    .map((plan) => ({ plan, cost: contractionCost(kernel, plan, machine) }))
    .sort((one, other) => one.cost - other.cost);
}

/** A model of a machine is wrong by less than this, or the machine is none that it is for. */
const MODEL_ERROR = 4;

/**
 * Plans worth measuring, the cheapest by the model first. All split the sum as the cheapest does, and add up what
 * lies between in order, so that results are the same bits whichever is chosen.
 *
 * @param most - how many at most
 */
export function plansToMeasure(kernel: NormalizedContraction, kind: Machine, most: number): ContractionPlan[] {
  const priced = plansByCost(kernel, kind);
  const [{ plan: cheapest, cost }] = priced;
  const seen = new Set<string>();
  const distinct = priced.filter(({ plan }) => {
    const name = scheduleName(plan.schedule);
    if (plan.parts !== cheapest.parts || seen.has(name)) return false;
    seen.add(name);
    return true;
  });
  return distinct
    .filter((each) => each.cost <= MODEL_ERROR * cost)
    .slice(0, most)
    .map(({ plan }) => plan);
}

/** The plan with the schedule of this name, where the machine has it for the contraction; the sum is split as the model wants. */
export function planNamed(kernel: NormalizedContraction, kind: Machine, name: string): ContractionPlan | undefined {
  const priced = plansByCost(kernel, kind);
  const { parts } = priced[0].plan;
  return priced.find(({ plan }) => plan.parts === parts && scheduleName(plan.schedule) === name)?.plan;
}

/** A schedule in a few words: `tiles 8×4, depth 16, vectors`. Different schedules have different names. */
export function scheduleName(schedule: ContractionSchedule): string {
  const size = `${schedule.kind} ${schedule.rows}×${schedule.columns}`;
  if (schedule.kind === 'tiles')
    return `${size}, depth ${schedule.depth}${schedule.loadsVectors === true ? ', vectors' : ''}`;
  return `${size}, ${schedule.lanes} lanes${schedule.sharesQuads === true ? ', quads' : ''}`;
}

/** Whether the innermost contracted axis has so many parts of equal and sufficient length. */
function canSplit(contracted: readonly ContractionAxis[], parts: number): boolean {
  if (parts === 1) return true;
  const size = contracted.at(-1)?.size ?? 1;
  return size % parts === 0 && size / parts >= SHORTEST_PART;
}

/** The same with fewer rows and columns where that leaves less of the last ones unused. */
function fitRegisters(kernel: NormalizedContraction, most: RegisterSchedule): RegisterSchedule {
  const { rows, columns } = sizesOf(kernel);
  const lanes = Math.max(1, Math.min(most.lanes, columns));
  return {
    ...most,
    lanes,
    rows: evenShare(rows, most.rows),
    columns: evenShare(Math.ceil(columns / lanes), most.columns),
  };
}

/** The least that everyone gets when a number of things is shared by as few as possible, none of whom takes more than `most`. */
const evenShare = (count: number, most: number): number => Math.max(1, Math.ceil(count / Math.ceil(count / most)));

/** Whether invocations hand each other elements of left: each has three neighbours in its row. */
export const sharesQuads = ({ lanes, sharesQuads: isAsked = false }: RegisterSchedule): boolean =>
  isAsked && lanes % 4 === 0;

/** Multiply-accumulates and what else takes as long, on all invocations that the machine has. */
export function contractionCost(
  kernel: NormalizedContraction,
  { schedule, parts }: ContractionPlan,
  { load, sharedLoad, broadcast, barrier, pass, invocations }: MachineCosts,
): number {
  const sizes = sizesOf(kernel);
  const { rows, columns } = schedule;
  const [side, lanes] = schedule.kind === 'tiles' ? [TILE_THREADS, TILE_THREADS] : [1, schedule.lanes];
  const tileCount = Math.ceil(sizes.rows / (rows * side)) * Math.ceil(sizes.columns / (columns * lanes));
  const threads = tileCount * side * lanes * sizes.batch * parts;
  const depth = sizes.depth / parts;
  const ofStep =
    schedule.kind === 'tiles'
      ? rows * columns +
        sharedLoad * (rows + columns) +
        ((schedule.loadsVectors === true ? 0.5 : 1) * load * (rows + columns)) / TILE_THREADS +
        (2 * barrier) / schedule.depth
      : rows * columns + load * columns + rows * (sharesQuads(schedule) ? load / 4 + broadcast : load);
  const stores = rows * columns * load;
  const secondPass =
    parts === 1 ? 0 : pass + ((parts + 1) * load * sizes.batch * sizes.rows * sizes.columns) / invocations;
  return Math.max(1, threads / invocations) * (ofStep * depth + stores) + secondPass;
}
