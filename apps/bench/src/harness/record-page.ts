import type { AdapterNote } from './adapter.ts';
import { criterionText } from './criteria.ts';
import type { EngineReport, EngineRow } from './engine-report.ts';

/** Where a run is kept: `webgpu-nvidia-h200.md`. */
export function recordName({ name }: AdapterNote): string {
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? ['unnamed'];
  return `webgpu-${words.join('-')}.md`;
}

function figuresOf({ engines, pace }: EngineRow): string {
  const figures = Object.entries(engines).flatMap(([engine, timing]) => {
    if (timing.status !== 'measured') return [`${engine}: ${timing.status}`];
    const time = `${timing.best.toPrecision(4)} ms`;
    if (pace === undefined) return [`${engine}: ${time}`];
    return [`${engine}: ${(pace.amount / timing.best / 1e6).toPrecision(4)} ${pace.unit} (${time})`];
  });
  return figures.join('<br>');
}

function verdictsOf({ criteria, verdict, failure }: EngineRow): string {
  const lines = criteria.map(
    (criterion) =>
      `${criterion.quantity} ${criterion.measured?.toPrecision(3) ?? 'not measured'} (${criterionText(criterion)})`,
  );
  return [...lines, ...(failure === undefined ? [] : [failure]), `**${verdict}**`].join('<br>');
}

const table = (rows: readonly (readonly string[])[]): string =>
  rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');

/**
 * A run on a device as a page: what was measured, on what, by which command, and what the tuner chose.
 *
 * @throws {Error} when the run had no adapter.
 */
export function recordPage(report: EngineReport, command: string): string {
  const { adapter, machine, date, commit = 'unknown', rows, method, engines, choices } = report;
  if (adapter === undefined) throw new Error('recordPage: the run names no adapter');
  const notes = rows.flatMap(({ name, notes: remarks }) => remarks.map((remark) => `- ${name}: ${remark}`));
  const tuned = Object.entries(choices?.contractions ?? {});
  return [
    `# WebGPU on ${adapter.name}`,
    `Measured on ${date.slice(0, 10)} at commit ${commit}.`,
    ['```sh', command, '```'].join('\n'),
    [
      `- Adapter: ${adapter.name} (${adapter.vendor}, ${adapter.architecture})${adapter.isSoftware ? ', a processor that imitates a card: these are no card’s figures' : ''}`,
      `- Driver: ${adapter.driver}; ${adapter.api}; subgroups of ${adapter.subgroupSizes.join(' to ')}`,
      `- Features: ${adapter.features.join(', ')}`,
      `- Limits: ${Object.entries(adapter.limits)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}`,
      `- Host: ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load ${machine.load.toFixed(1)}`,
      ...engines.map(({ name, version, reason }) => `- ${name}: ${version ?? `missing, ${reason}`}`),
    ].join('\n'),
    method,
    '## Results',
    table([
      ['row', 'best', 'asked'],
      ['---', '---', '---'],
      ...rows.map((row) => [row.name, figuresOf(row), verdictsOf(row)]),
    ]),
    ...(notes.length === 0 ? [] : [notes.join('\n')]),
    '## What the tuner chose',
    tuned.length === 0
      ? 'Nothing: it does not measure on this device, or had no contraction that was worth it.'
      : table([['class of contractions', 'schedule'], ['---', '---'], ...tuned]),
    'The fraction of the card’s peak is left to the reader: WebGPU does not tell what a card could do.',
    '',
  ].join('\n\n');
}
