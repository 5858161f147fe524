import type uPlot from 'uplot';

/** A line of a chart. */
export interface ChartLine {
  readonly name: string;
  /** Lines of one structure share a color. */
  readonly color: string;
  readonly isDashed: boolean;
  /** Only the points, without a line through them. */
  readonly isMarks: boolean;
  /** By rising x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A chart of the report. */
export interface Chart {
  readonly title: string;
  /** What is on the axes: names with units. */
  readonly x: string;
  readonly y: string;
  readonly isLogX: boolean;
  readonly lines: readonly ChartLine[];
}

// What follows runs in the page, not here: `chartScript` carries the functions over as text. They use each other and what
// is handed to them, and nothing else. uPlot and the document's types are those of the page.

/** Ticks on an axis: 1, 2 and 5 times powers of ten, finer where fewer than three would be in sight. */
function ticksIn(low: number, high: number, isLog: boolean): number[] {
  const ticks: number[] = [];
  if (isLog && high / low >= 8) {
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (const digit of high / low > 300 ? [1] : [1, 2, 5]) ticks.push(digit * 10 ** power);
    }
  } else {
    const rough = (high - low) / 6;
    const magnitude = 10 ** Math.floor(Math.log10(rough));
    const step = magnitude * ([1, 2, 5, 10].find((each) => each * magnitude >= rough) ?? 10);
    for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** A number on an axis or in the legend. */
function shortNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return '';
  const size = Math.abs(value);
  if (size >= 1e5) {
    const digits = Math.abs(Number(value.toExponential(0)) - value) <= 1e-9 * size ? 0 : 1;
    return value.toExponential(digits).replace('e+', 'e');
  }
  return String(Number(value.toPrecision(4)));
}

/** The options of one chart in the colors of the page. */
function chartOptions(chart: Chart, width: number, ink: string, grid: string): uPlot.Options {
  const widen = (low: number, high: number): [number, number] =>
    low === high ? [low / 1.2, high * 1.2] : [low / (high / low) ** 0.04, high * (high / low) ** 0.04];
  const axis = (label: string, isLog: boolean): uPlot.Axis => ({
    label,
    stroke: ink,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1 },
    splits: (_plot, _index, low, high) => ticksIn(low, high, isLog),
    filter: (_plot, splits) => splits,
    values: (_plot, splits) => splits.map(shortNumber),
  });
  return {
    width,
    height: Math.round(Math.min(460, Math.max(280, width * 0.5))),
    scales: {
      x: chart.isLogX
        ? { time: false, distr: 3, range: (_plot, low, high) => widen(low, high) }
        : { time: false, range: (_plot, _low, high) => [0, high * 1.03] },
      y: { distr: 3, range: (_plot, low, high) => widen(low, high) },
    },
    axes: [axis(chart.x, chart.isLogX), { ...axis(chart.y, true), size: 64 }],
    series: [
      { label: chart.x, value: (_plot, value) => shortNumber(value) },
      ...chart.lines.map(({ name, color, isDashed, isMarks }) => ({
        label: name,
        stroke: color,
        width: isMarks ? 0 : 2,
        ...(isDashed ? { dash: [6, 5] } : {}),
        points: { show: true, size: isMarks ? 10 : 5, fill: color },
        spanGaps: true,
        value: (_plot: uPlot, value: number | null) => shortNumber(value),
      })),
    ],
  };
}

/** Draws every chart, anew when the page's colors or width change. */
function drawCharts(Plot: typeof uPlot, charts: readonly Chart[]): void {
  const drawn: uPlot[] = [];
  const draw = (): void => {
    for (const plot of drawn.splice(0)) plot.destroy();
    const style = getComputedStyle(document.documentElement);
    charts.forEach((chart, i) => {
      const place = document.getElementById(`chart-${i}`);
      if (place === null) return;
      const tables = chart.lines.map(
        ({ points }): uPlot.AlignedData => [points.map(([x]) => x), points.map(([, y]) => y)],
      );
      const data = tables.length === 1 && tables[0] !== undefined ? tables[0] : Plot.join(tables);
      const options = chartOptions(
        chart,
        place.clientWidth,
        style.getPropertyValue('--ink'),
        style.getPropertyValue('--grid'),
      );
      drawn.push(new Plot(options, data, place));
    });
  };
  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  let width = innerWidth;
  addEventListener('resize', () => {
    if (innerWidth !== width) draw();
    width = innerWidth;
  });
}

/** The functions above as a script for the page, after uPlot's own: draws the charts in the element `charts`. */
export const chartScript: string = [
  ...[ticksIn, shortNumber, chartOptions, drawCharts].map(String),
  `(${drawCharts.name})(uPlot, JSON.parse(document.getElementById('charts').textContent));`,
].join('\n');
