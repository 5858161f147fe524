#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { EinlabError } from '@einlab/einsum-core';
import { CommandError, exitStatus, inputError, messageOf, systemCode } from './command-error.ts';
import { boundCommand } from './commands/bound.ts';
import type { Command, CommandPart } from './commands/command.ts';
import { compareCommand } from './commands/compare.ts';
import { discoverCommand } from './commands/discover.ts';
import { einsumCommand } from './commands/einsum.ts';
import { forecastCommand } from './commands/forecast.ts';
import { searchCommand } from './commands/search.ts';
import { didYouMean } from './options/closest.ts';
import { definitions, optionHelp } from './options/help.ts';
import { write } from './terminal/write.ts';

const commands: readonly Command[] = [
  compareCommand,
  searchCommand,
  forecastCommand,
  discoverCommand,
  boundCommand,
  einsumCommand,
];

const overview = (): string =>
  `einlab: structured-matrix deep learning on one tensor engine

Usage: einlab COMMAND [options]

Commands
${definitions(commands.map(({ name, summary }) => [name, summary]))}

  einlab COMMAND --help   what a command does, and its options
  einlab --version        the version

Exit status: 0 done, 1 the job failed, 2 the input is wrong, 130 stopped.
`;

const heading = (name: string, { summary, usage }: CommandPart): string =>
  `einlab ${name}: ${summary}

Usage: einlab ${name} ${usage}
`;

const optionList = ({ options }: CommandPart): string => `
Options
${optionHelp(options)}
`;

const partList = (name: string, parts: readonly CommandPart[]): string => `
Parts
${definitions(parts.map((part) => [part.name, part.summary]))}

  einlab ${name} PART --help   what a part does, and its options
`;

/** What a command says of itself; of one of its parts where the arguments name one. */
function commandHelp(command: Command, [first]: readonly string[]): string {
  const { name, parts, notes } = command;
  const part = parts?.find((each) => each.name === first);
  if (part !== undefined) return heading(`${name} ${part.name}`, part) + optionList(part);
  return `${heading(name, command)}${parts === undefined ? optionList(command) : partList(name, parts)}\n${notes}\n`;
}

/** The version in this package's package.json, which lies beside both `src` and `dist`. */
function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

async function dispatch([name, ...argv]: readonly string[]): Promise<number> {
  if (name === '--version' || name === '-v') {
    await write(process.stdout, `${version()}\n`);
    return exitStatus.done;
  }
  const asked = name === 'help' ? argv[0] : name;
  if (asked === undefined || asked === '--help' || asked === '-h') {
    await write(asked === undefined && name === undefined ? process.stderr : process.stdout, overview());
    return asked === undefined && name === undefined ? exitStatus.input : exitStatus.done;
  }
  const command = commands.find((each) => each.name === asked);
  if (command === undefined) {
    const known = commands.map((each) => each.name);
    const hint = didYouMean(asked, known) || `; expected one of ${known.join(', ')}`;
    const what = asked.startsWith('-') ? 'option' : 'command';
    throw inputError(`einlab: unknown ${what} ${asked}${hint}`);
  }
  const untilDashes = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (name === 'help' || untilDashes.includes('--help') || untilDashes.includes('-h')) {
    await write(process.stdout, commandHelp(command, name === 'help' ? argv.slice(1) : argv));
    return exitStatus.done;
  }
  return command.run(argv);
}

/** The exit status of an error, after its one message has been written. */
async function report(error: unknown): Promise<number> {
  // Whoever read our output has closed it, as `head` does: nobody is left to tell.
  if (systemCode(error) === 'EPIPE') return exitStatus.done;
  const known = error instanceof CommandError || error instanceof EinlabError;
  const said = known || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message);
  await write(process.stderr, `${said}\n`);
  return error instanceof CommandError ? error.status : exitStatus.failed;
}

// An error of a stream also reaches the writer that waits for it, or concerns a progress line; neither may end the process.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
process.exitCode = await dispatch(process.argv.slice(2)).catch(report);
