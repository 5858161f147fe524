import { budgetCommand } from '../bound/budget.ts';
import { certifyCommand } from '../bound/certify.ts';
import { countCommand } from '../bound/count.ts';
import { plotCommand } from '../bound/plot.ts';
import { scoreCommand } from '../bound/score.ts';
import { sizeCommand } from '../bound/size.ts';
import { trainCommand } from '../bound/train.ts';
import { verifyCommand } from '../bound/verify.ts';
import { inputError } from '../command-error.ts';
import { didYouMean } from '../options/closest.ts';
import type { Command, CommandPart } from './command.ts';

const parts: readonly CommandPart[] = [
  certifyCommand,
  verifyCommand,
  budgetCommand,
  trainCommand,
  countCommand,
  plotCommand,
  scoreCommand,
  sizeCommand,
];

/** `einlab bound …`: generalization certificates. */
export const boundCommand: Command = {
  name: 'bound',
  summary: 'certify how well a language model generalizes, from log-probabilities and a code, or from training one',
  usage: `${parts.map((part) => part.name).join('|')} [options]`,
  options: {},
  parts,
  notes: [
    'Exit status 1 where --require is given and the certificate is vacuous.',
    '',
    '  einlab bound certify --logprobs lp.f32 --vocab 32000 --code model.gguf --output certificate.json',
    '  einlab bound verify certificate.json --logprobs lp.f32 --code model.gguf',
    '  einlab bound budget --vocab 32000 --tokens 1.2e12 --risk 2.9',
    '  einlab bound train --compressions lora,kronecker --steps 1200 && einlab bound plot einlab-bounds',
  ].join('\n'),
  run: async ([name, ...argv]) => {
    const part = parts.find((each) => each.name === name);
    if (part !== undefined) return part.run(argv);
    const known = parts.map((each) => each.name);
    const hint =
      name === undefined
        ? `; expected one of ${known.join(', ')}`
        : didYouMean(name, known) || `; expected one of ${known.join(', ')}`;
    throw inputError(`einlab bound: ${name === undefined ? 'what to do is missing' : `unknown part ${name}`}${hint}`);
  },
};
