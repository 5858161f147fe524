import { budget, priorForms, randomGuessLoss } from '@einlab/bounds';
import { asInput, exitStatus, inputError } from '../command-error.ts';
import { choice, flag, integer, positive } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { write } from '../terminal/write.ts';
import { amount, needed, weightList } from './lists.ts';
import type { CommandPart } from '../commands/command.ts';

const options = {
  vocab: integer('different tokens', 2),
  tokens: amount('tokens of the data, such as 1.2e12', 1),
  risk: amount("the model's mean loss on them, in bits per token"),
  target: positive('what the bound must stay below (log₂ of the vocabulary: not vacuous)'),
  'bits-per-parameter': positive('how many bits a parameter takes (2): gives the number of parameters too'),
  delta: amount('failure probability (0.05)'),
  'alpha-grid': weightList('smoothing weights to choose from'),
  prior: choice(priorForms, 'how a length becomes a probability (kraft)'),
  'trials-bits': amount('bits for other choices (0)'),
  require: flag('exit with status 1 when no code is small enough'),
  json: flag('print the budget as one JSON value'),
  help: flag('print this'),
};

/** `einlab bound budget`: the largest model whose bound is not vacuous. */
export const budgetCommand: CommandPart = {
  name: 'budget',
  summary: 'the largest model that is still certified better than guessing, or than a target',
  usage: '--vocab N --tokens X --risk X [options]',
  options,
  run: async (argv) => {
    const { values, positionals } = parseArguments('bound budget', options, argv);
    if (positionals[0] !== undefined) throw inputError(`einlab bound budget: "${positionals[0]}" belongs to no option`);
    const vocabulary = needed('bound budget', '--vocab N', values.vocab);
    const found = asInput('einlab bound budget', () =>
      budget({
        vocabulary,
        tokens: Math.round(needed('bound budget', '--tokens X', values.tokens)),
        risk: needed('bound budget', '--risk X', values.risk),
        failureProbability: values.delta ?? 0.05,
        prior: values.prior ?? 'kraft',
        trialBits: values['trials-bits'] ?? 0,
        ...(values.target === undefined ? {} : { target: values.target }),
        ...(values['alpha-grid'] === undefined ? {} : { weights: values['alpha-grid'] }),
      }),
    );
    const perParameter = values['bits-per-parameter'] ?? 2;
    const parameters = Math.floor(found.codeBits / perParameter);
    const target = values.target ?? randomGuessLoss(vocabulary);
    await write(
      process.stdout,
      values.json === true
        ? `${JSON.stringify({ ...found, parameters, bitsPerParameter: perParameter, target }, undefined, 2)}\n`
        : found.codeBits === 0
          ? `no code is small enough for a bound below ${target.toFixed(4)} bits per token\n`
          : `at most ${found.codeBits} bits (${(found.codeBits / 8e6).toPrecision(4)} MB), at ${perParameter} bits each ${parameters} parameters, for a bound below ${target.toFixed(4)} bits per token; smoothing weight ${found.weight}\n`,
    );
    return values.require === true && found.codeBits === 0 ? exitStatus.failed : exitStatus.done;
  },
};
