import type { Cost } from './cost.ts';
import type { EinsumPlan } from './einsum-plan.ts';
import { type PlanCost, wholeCost } from './scoring.ts';

const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;

/** Three significant digits and a decimal prefix: `2.36 M`, `512`. */
function metric(value: number, unit = ''): string {
  let scaled = value;
  let prefix = 0;
  while (scaled >= 999.5 && prefix < prefixes.length - 1) {
    scaled /= 1000;
    prefix++;
  }
  const digits = prefix === 0 ? String(Math.round(scaled)) : scaled.toPrecision(3);
  return `${digits} ${prefixes[prefix]}${unit}`.trimEnd();
}

/** A time in the largest unit that keeps it at 1 or above, down to microseconds. */
function duration(seconds: number): string {
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  return seconds >= 1e-3 ? `${(seconds * 1e3).toPrecision(3)} ms` : `${(seconds * 1e6).toPrecision(3)} µs`;
}

/** Columns padded to their widest cell; those from `numeric` on are aligned at the right. */
function table(rows: readonly (readonly string[])[], numeric: number): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => [...row[column]].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const padding = ' '.repeat(widths[column] - [...cell].length);
        return column < numeric ? cell + padding : padding + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}

const cells = (cost: Cost): string[] => [
  metric(cost.macs),
  metric(cost.flops),
  metric(cost.bytes, 'B'),
  duration(cost.seconds),
];

const costCells = (cost: PlanCost): string[] => [
  ...cells(cost),
  ...(cost.backward === undefined ? [] : [metric(cost.backward.flops), duration(cost.backward.seconds)]),
];

/** `2.4 times` less, or the same, for one quantity. */
function ratio(plan: number, straight: number): string {
  if (plan === straight) return 'the same';
  const less = plan < straight;
  return `${(less ? straight / plan : plan / straight).toPrecision(3)} times ${less ? 'less' : 'more'}`;
}

/** The comparison with the order written, in one sentence. */
function verdict(plan: EinsumPlan): string {
  if (plan.operands.length <= 2) return 'there is no other order';
  if (plan.search === 'left-to-right') return 'no cheaper order was found or asked for';
  const whole = wholeCost(plan);
  const { flops, bytes, seconds } = wholeCost(plan.leftToRight);
  const parts = [
    `FLOPs ${ratio(whole.flops, flops)}`,
    `bytes ${ratio(whole.bytes, bytes)}`,
    `time ${ratio(whole.seconds, seconds)}`,
  ];
  const what = plan.backward === undefined ? '' : ', forward and backward';
  return `against left to right${what}: ${parts.join(', ')}`;
}

/**
 * A plan as text: the pattern, the operands, one line per step, totals, and the comparison with the order written.
 *
 * With gradients, each step shows what those of its operands take.
 *
 * Operands are numbered from 1, results of steps are t1, t2, ….
 */
export function explainPlan(plan: EinsumPlan): string {
  const count = plan.operands.length;
  const shape = (axes: readonly number[]): string =>
    `[${axes.map((axis) => (axis < 0 ? '1' : `${plan.names[axis]}=${plan.sizes[axis]}`)).join(', ')}]`;
  const id = (operand: number): string => (operand < count ? `${operand + 1}` : `t${operand - count + 1}`);
  const steps = plan.steps.map((step, k) => [
    `t${k + 1}`,
    step.operands.map(id).join(' · '),
    step.pattern,
    shape(step.output),
    ...costCells(step),
  ]);
  const rows = table(
    [
      [
        'step',
        'operands',
        'contraction',
        'result',
        'MACs',
        'FLOPs',
        'bytes',
        'time',
        ...(plan.backward === undefined ? [] : ['backward FLOPs', 'time']),
      ],
      ...steps,
      ['total', '', '', '', ...costCells(plan)],
      ['left to right', '', '', '', ...costCells(plan.leftToRight)],
    ],
    4,
  );
  const { flopsPerSecond, bytesPerSecond, launchSeconds } = plan.costModel;
  const launch = `${duration(launchSeconds)} per kernel`;
  const rates = `${metric(flopsPerSecond, 'FLOP/s')}, ${metric(bytesPerSecond, 'B/s')}`;
  return [
    `einsum  ${plan.pattern}`,
    ...plan.operands.map((axes, operand) => `operand ${operand + 1}  ${shape(axes)}`),
    `result  ${shape(plan.output)}`,
    '',
    ...rows,
    '',
    `path ${plan.search}: ${verdict(plan)}`,
    ...(plan.backward === undefined
      ? []
      : [
          `backward ${metric(plan.backward.flops)} FLOPs, ${metric(plan.backward.bytes, 'B')}; ${metric(plan.keptIntermediates)} elements of intermediates are kept for it`,
        ]),
    `largest intermediate ${metric(plan.largestIntermediate)} elements; time estimated for ${rates}, ${launch}`,
  ].join('\n');
}
