import { rowName } from '../compare/comparison-table.ts';
import type { Evaluation } from '../compare/result.ts';
import type { Chart, ChartLine } from './charts.ts';
import type { ReportedRun, Results } from './results.ts';
import { routingCharts } from './routing-charts.ts';

/** Colors that keep apart for most eyes, on white and on black (Okabe, Ito 2008), dense first. */
const colors = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#8C6D31', '#7F7F7F'];

/** Runs of one structure and width, seeds apart. */
type RunGroup = readonly [ReportedRun, ...ReportedRun[]];

function groupsOf(runs: readonly ReportedRun[]): readonly RunGroup[] {
  const groups = new Map<string, [ReportedRun, ...ReportedRun[]]>();
  for (const run of runs) {
    const name = `${rowName(run.spec)} ${run.spec.width}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [run]);
    else group.push(run);
  }
  return [...groups.values()];
}

/** The mean over seeds of what was scored at the same step. */
function meanEvaluations(group: RunGroup): readonly Evaluation[] {
  return group[0].evaluations.map((first, i) => {
    const all = group.map((run) => run.evaluations[i] ?? first);
    const mean = (of: (each: Evaluation) => number): number =>
      all.reduce((total, each) => total + of(each), 0) / all.length;
    return { step: first.step, seconds: mean(({ seconds }) => seconds), loss: mean(({ loss }) => loss) };
  });
}

/** What a loss is, by task. */
const lossNames: Readonly<Record<Results['settings']['task'], string>> = {
  text: 'validation loss, nats per character',
  teacher: 'test error, mean square',
  images: 'share of mistakes on fresh images',
};

/** The charts of a report: loss against compute and against time, final losses over widths where there are several, and routing where there are mixtures. */
export function chartsOf({ runs, rows, frontiers, settings }: Results): readonly Chart[] {
  const structures = [...new Set(runs.map(({ spec }) => spec.structure))];
  const color = (structure: string): string => colors[structures.indexOf(structure) % colors.length] ?? '#7F7F7F';
  const isText = settings.task === 'text';
  const unit = isText ? 'token' : 'example';
  const loss = lossNames[settings.task];
  const line = (group: RunGroup, x: (run: ReportedRun, evaluation: Evaluation) => number): ChartLine => ({
    name: `${rowName(group[0].spec)} ${group[0].spec.width}`,
    color: color(group[0].spec.structure),
    isDashed: group[0].spec.naiveRates,
    isMarks: false,
    points: meanEvaluations(group).map((each) => [x(group[0], each), each.loss]),
  });
  const groups = groupsOf(runs);
  const seen = ({ spec }: ReportedRun, step: number): number =>
    step * spec.batch * (spec.task === 'text' ? spec.context : 1);
  const charts: Chart[] = [
    {
      title: 'Loss against compute',
      x: `multiply-accumulates of the linear layers, forward, over all ${unit}s so far`,
      y: loss,
      isLogX: true,
      lines: groups.map((group) => line(group, (run, { step }) => run.cost.macs * seen(run, step))),
    },
    {
      title: 'Loss against time',
      x: 'seconds of training on one thread',
      y: loss,
      isLogX: false,
      lines: groups.map((group) => line(group, (_, { seconds }) => seconds)),
    },
  ];
  const routing = routingCharts(
    groups.map((runs) => ({
      name: `${rowName(runs[0].spec)} ${runs[0].spec.width}`,
      color: color(runs[0].spec.structure),
      runs,
    })),
  );
  if (frontiers.length === 0) return [...charts, ...routing];
  const final: Chart = {
    title: 'Final loss over widths, and frontiers',
    x: `multiply-accumulates of the linear layers per ${unit}`,
    y: loss,
    isLogX: true,
    lines: structures.flatMap((structure) => {
      const own = rows.filter((row) => row.structure === structure && !(row.naiveRates && !settings.naiveRates));
      const shared = { color: color(structure), isDashed: false };
      const marks = own.map((row) => [row.macs, row.loss] as const).sort(([a], [b]) => a - b);
      const hull = (frontiers.find((each) => each.structure === structure)?.points ?? []).map(
        (point) => [point.compute, point.loss] as const,
      );
      return [
        { ...shared, name: structure, isMarks: true, points: marks },
        ...(hull.length > 1 ? [{ ...shared, name: `${structure}, frontier`, isMarks: false, points: hull }] : []),
      ];
    }),
  };
  return [...charts, final, ...routing];
}
