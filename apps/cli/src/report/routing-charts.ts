import type { RoutingRecord } from '../compare/result.ts';
import type { Chart, ChartLine } from './charts.ts';
import type { ReportedRun } from './results.ts';

/** Runs of one structure and width that have mixtures of experts, with the color of the structure. */
export interface RoutedGroup {
  readonly name: string;
  readonly color: string;
  readonly runs: readonly ReportedRun[];
}

const mean = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0) / values.length;

/** A logarithmic axis has no 0. */
const least = 0.01;

type Layer = RoutingRecord['layers'][number];

/** A measure at each step that was measured, averaged over layers and seeds. */
function overTraining(
  { name, color, runs }: RoutedGroup,
  label: string,
  isDashed: boolean,
  of: (layer: Layer) => number,
): ChartLine {
  const [first] = runs;
  const points = (first?.routing ?? []).map(({ step }, i): readonly [number, number] => [
    step,
    mean(runs.flatMap(({ routing }) => (routing?.[i]?.layers ?? []).map(of))),
  ]);
  return { name: `${name}${label}`, color, isDashed, isMarks: false, points };
}

/** The loads of a layer's experts beside their mean, largest first. */
const relativeLoads = ({ load }: Layer): readonly number[] => {
  const average = mean(load);
  return [...load].sort((a, b) => b - a).map((each) => (average === 0 ? 1 : each / average));
};

function finalLoads({ name, color, runs }: RoutedGroup): ChartLine {
  const layers = runs.flatMap(({ routing }) => (routing?.at(-1)?.layers ?? []).map(relativeLoads));
  const points = (layers[0] ?? []).map((_, i): readonly [number, number] => [
    i + 1,
    Math.max(least, mean(layers.map((loads) => loads[i] ?? 0))),
  ]);
  return { name, color, isDashed: false, isMarks: false, points };
}

/**
 * How mixtures route held-out tokens: perplexities of the router's probabilities and the balance loss during training, and the loads of the
 * experts at the end. Empty where no run has mixtures.
 */
export function routingCharts(groups: readonly RoutedGroup[]): readonly Chart[] {
  const routed = groups.filter(({ runs }) => runs.some(({ routing }) => routing !== undefined));
  if (routed.length === 0) return [];
  const isDropping = routed.some(({ runs }) =>
    runs.some(({ routing }) => routing?.some(({ layers }) => layers.some(({ dropped }) => dropped > 0))),
  );
  const shared = { x: 'steps', isLogX: false } as const;
  return [
    {
      ...shared,
      title: 'Perplexity of routing: of the mean over tokens, and of a token (dashed)',
      y: 'experts',
      lines: routed.flatMap((group) => [
        overTraining(group, '', false, ({ aggregatePerplexity }) => aggregatePerplexity),
        overTraining(group, ', a token', true, ({ tokenPerplexity }) => tokenPerplexity),
      ]),
    },
    {
      ...shared,
      title: 'Balance loss, 1 for equal loads',
      y: 'balance loss, mean of the layers',
      lines: routed.map((group) => overTraining(group, '', false, ({ balance }) => balance)),
    },
    {
      title: 'Load of the experts at the end, mean of the layers',
      x: 'experts of a layer, most loaded first',
      y: 'load beside the mean',
      isLogX: false,
      lines: routed.map(finalLoads),
    },
    ...(isDropping
      ? [
          {
            ...shared,
            title: 'Assignments that capacity drops',
            y: 'share',
            lines: routed.map((group) =>
              overTraining(group, '', false, ({ droppedShare }) => Math.max(least / 10, droppedShare)),
            ),
          },
        ]
      : []),
  ];
}
