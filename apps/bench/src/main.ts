import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ArgumentError, type Arguments, parseArguments, usage } from './arguments.ts';
import { inGpuProcess } from './gpu-process.ts';
import { type EngineReport, engineReportText } from './harness/engine-report.ts';
import { recordName, recordPage } from './harness/record-page.ts';
import { causalReportText, causalSuite } from './suites/causal/causal.ts';
import { reportText } from './harness/report.ts';
import { boundsReportText, boundsSizes, boundsSuite } from './suites/bounds/bounds.ts';
import { chronosSuite, chronosText } from './suites/chronos/chronos.ts';
import { contractionSuite } from './suites/contraction.ts';
import { engineSuite } from './suites/engine/engine.ts';
import { moeReportText, moeSizes, moeSuite } from './suites/moe/moe.ts';
import { webgpuSuite } from './suites/webgpu/webgpu.ts';
import { structuredSuite } from './suites/structured/structured.ts';
import { structuredReportText } from './suites/structured/structured-report.ts';

/** What a suite leaves: its report in both forms, and whether this engine did all that it was asked for. */
interface Done {
  readonly report: unknown;
  text(): string;
  readonly isComplete: boolean;
}

const progress = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const suites: Readonly<Record<string, (options: Arguments) => Promise<Done>>> = {
  async bounds({ quick }) {
    const report = await boundsSuite(boundsSizes[quick ? 'quick' : 'full'], progress);
    return { report, text: () => boundsReportText(report), isComplete: report.isComplete };
  },
  async contraction(options) {
    const report = await contractionSuite(options, { progress });
    const isComplete = report.rows.every(({ ours }) => ours.status === 'measured');
    return { report, text: () => reportText(report), isComplete };
  },
  async engine(options) {
    const report = await engineSuite(options, { progress });
    return { report, text: () => engineReportText(report), isComplete: report.isComplete };
  },
  async webgpu(options) {
    const report = await webgpuSuite(options, { progress });
    if (options.record === true) progress(`recorded in ${await writeRecord(report)}`);
    return { report, text: () => engineReportText(report), isComplete: report.isComplete };
  },
  async structured(options) {
    const report = await structuredSuite(options, { progress });
    return { report, text: () => structuredReportText(report), isComplete: report.rows.length > 0 };
  },
  async moe({ quick, filter, repeat }) {
    const sizes = moeSizes[quick ? 'quick' : 'full'].filter(
      (size) => filter === undefined || size.device.includes(filter),
    );
    const report = await moeSuite(sizes, progress, repeat);
    return { report, text: () => moeReportText(report), isComplete: report.isComplete };
  },
  async causal(options) {
    const report = await causalSuite(options, progress);
    return { report, text: () => causalReportText(report), isComplete: report.isComplete };
  },
  async chronos(options) {
    const report = await chronosSuite(options, progress);
    return { report, text: () => chronosText(report), isComplete: true };
  },
};
const names = Object.keys(suites);

/** Writes the page of a run. Returns where it lies. */
async function writeRecord(report: EngineReport): Promise<string> {
  if (report.adapter === undefined) throw new Error('the run names no adapter');
  const path = fileURLToPath(new URL(`../../../docs/reproductions/${recordName(report.adapter)}`, import.meta.url));
  await writeFile(path, recordPage(report, `pnpm bench webgpu ${process.argv.slice(3).join(' ')}`.trim()));
  return path;
}

/** The engines print where they like; standard output belongs to the report. */
function keepStandardOutputClean(): void {
  console.log = console.error;
  console.info = console.error;
  console.debug = console.error;
}

/** Runs the command. Returns the exit status: 0 done, 1 this engine failed at something, 2 called wrongly. */
async function main(words: readonly string[]): Promise<number> {
  const asked = parseArguments(words, names);
  const run = asked === 'help' ? undefined : suites[asked.suite];
  if (asked === 'help' || run === undefined) {
    process.stdout.write(`${usage(names)}\n`);
    return 0;
  }
  const status = asked.suite === 'webgpu' || asked.suite === 'moe' ? await inGpuProcess() : undefined;
  if (status !== undefined) return status;
  keepStandardOutputClean();
  const { report, text, isComplete } = await run(asked);
  process.stdout.write(asked.json ? `${JSON.stringify(report, null, 2)}\n` : `${text()}\n`);
  return isComplete ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isWrongCall = error instanceof ArgumentError;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${isWrongCall ? error.message : detail}\n`);
  process.exitCode = isWrongCall ? 2 : 1;
}
