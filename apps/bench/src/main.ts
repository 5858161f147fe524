import { ArgumentError, parseArguments, usage } from './arguments.ts';
import { reportText } from './harness/report.ts';
import { contractionSuite } from './suites/contraction.ts';

const suites = { contraction: contractionSuite } as const;
const names = Object.keys(suites);

const isSuite = (name: string): name is keyof typeof suites => names.includes(name);

/** The engines print where they like; standard output belongs to the report. */
function keepStandardOutputClean(): void {
  console.log = console.error;
  console.info = console.error;
  console.debug = console.error;
}

/** Runs the command. Returns the exit status: 0 done, 1 this engine failed at something, 2 called wrongly. */
async function main(words: readonly string[]): Promise<number> {
  const asked = parseArguments(words, names);
  if (asked === 'help' || !isSuite(asked.suite)) {
    process.stdout.write(`${usage(names)}\n`);
    return 0;
  }
  keepStandardOutputClean();
  const report = await suites[asked.suite](asked, { progress: (line) => process.stderr.write(`${line}\n`) });
  process.stdout.write(asked.json ? `${JSON.stringify(report, null, 2)}\n` : `${reportText(report)}\n`);
  return report.rows.every(({ ours }) => ours.status === 'measured') ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isWrongCall = error instanceof ArgumentError;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${isWrongCall ? error.message : detail}\n`);
  process.exitCode = isWrongCall ? 2 : 1;
}
