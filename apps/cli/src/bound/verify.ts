import { verify } from '@einlab/bounds';
import { exitStatus, inputError } from '../command-error.ts';
import { flag, path } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { write } from '../terminal/write.ts';
import { inputFault, readTextOf } from './certify.ts';
import type { CommandPart } from '../commands/command.ts';

const options = {
  logprobs: path('FILE', 'the log-probabilities: their hash and everything that was measured on them is checked'),
  code: path('FILE', 'the code: its hash and size are checked'),
  ranks: path('FILE', 'as for certify'),
  documents: path('FILE', 'as for certify'),
  positions: path('FILE', 'as for certify'),
  require: flag('exit with status 1 when the bound per token is vacuous'),
  json: flag('print what was checked as one JSON value'),
  help: flag('print this'),
};

/** `einlab bound verify`: computes a certificate again. */
export const verifyCommand: CommandPart = {
  name: 'verify',
  summary: 'compute a certificate again, with the files that are at hand',
  usage: 'CERTIFICATE [options]',
  options,
  run: async (argv) => {
    const { values, positionals } = parseArguments('bound verify', options, argv);
    const [file, stray] = positionals;
    if (file === undefined) throw inputError('einlab bound verify: the certificate is missing; expected CERTIFICATE');
    if (stray !== undefined) throw inputError(`einlab bound verify: "${stray}" belongs to no option`);
    const text = readTextOf('bound verify', file);
    const { certificate, checked, believed } = await inputFault('bound verify', () =>
      verify(
        text,
        {
          ...(values.logprobs === undefined ? {} : { logProbabilities: values.logprobs }),
          ...(values.code === undefined ? {} : { code: values.code }),
          ...(values.ranks === undefined ? {} : { ranks: values.ranks }),
          ...(values.documents === undefined ? {} : { documents: values.documents }),
          ...(values.positions === undefined ? {} : { positions: values.positions }),
        },
        file,
      ),
    );
    const said = believed.length === 0 ? '' : `\nnot given, and so believed: ${believed.join(', ')}`;
    await write(
      process.stdout,
      values.json === true
        ? `${JSON.stringify({ verified: true, vacuous: certificate.vacuous, claim: certificate.claim, checked, believed }, undefined, 2)}\n`
        : `verified: every bound follows from what was measured${checked.length === 0 ? '' : `; checked against the files: ${checked.join(', ')}`}${said}\n\n${certificate.claim}\n`,
    );
    return values.require === true && certificate.vacuous ? exitStatus.failed : exitStatus.done;
  },
};
