import { join, resolve } from 'node:path';
import { decodeMarkov, encodeMarkov, markovRecipe, scoreMarkov } from '@einlab/bounds';
import { asInput, exitStatus, inputError } from '../command-error.ts';
import type { CommandPart } from '../commands/command.ts';
import { flag, integer, path } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { write } from '../terminal/write.ts';
import { inputFault } from './certify.ts';
import { finishRun, heldOutCharacters } from './finish-run.ts';
import { amount, orderList } from './lists.ts';
import { claimFolder, isFinished, readRun, runFiles } from './run-files.ts';
import { runTable, summaryOf } from './run-table.ts';
import { loadCertifiedText } from './text.ts';

const options = {
  orders: orderList('characters that a prediction looks back at (0,1,2); a model for each'),
  levels: integer('sizes that a count can have in the code (16)', 2, 256),
  file: path(
    'PATH',
    'the text in UTF-8, of which the first nine tenths are counted and certified; Moby-Dick without it',
  ),
  separator: path('TEXT', 'what stands between documents, for a bound per document too; chapters in Moby-Dick'),
  shuffle: flag('count and certify the characters in a random order'),
  seed: integer('of the random order (0)', 0),
  'trials-bits': amount(
    'bits to pay for other choices that were made by looking at the text (0); the choice among the orders of this command is paid for without being asked',
  ),
  output: path('DIR', 'a folder for each model (einlab-bounds); finished ones are kept'),
  json: flag('print the results as one JSON value'),
  help: flag('print this'),
};

/** `einlab bound count`: certifies models that count which character follows which, to compare trained ones with. */
export const countCommand: CommandPart = {
  name: 'count',
  summary: 'certify models that count which character follows which, to compare trained ones with',
  usage: '[options]',
  options,
  run: async (argv) => {
    const { values, positionals } = parseArguments('bound count', options, argv);
    if (positionals[0] !== undefined) throw inputError(`einlab bound count: "${positionals[0]}" belongs to no option`);
    const shuffled = values.shuffle === true;
    const seed = values.seed ?? 0;
    const text = asInput('einlab bound count', () =>
      loadCertifiedText(values.file, {
        ...(values.separator === undefined ? {} : { separator: values.separator }),
        ...(shuffled ? { shuffle: seed } : {}),
      }),
    );
    const orders = values.orders ?? [0, 1, 2];
    const levels = values.levels ?? 16;
    const output = resolve(values.output ?? 'einlab-bounds');
    const trialBits = (values['trials-bits'] ?? 0) + Math.log2(orders.length);
    const recipes = await inputFault('bound count', async () =>
      orders.map((order) => markovRecipe({ vocabulary: text.vocabulary, order, levels })),
    );
    const folders: string[] = [];
    for (const recipe of recipes) {
      const name = `markov-${recipe.order}${shuffled ? '-shuffled' : ''}`;
      const folder = join(output, name);
      folders.push(folder);
      claimFolder(folder, { ...recipe, text: text.name, characters: text.ids.length, shuffled, seed, trialBits });
      if (isFinished(folder)) continue;
      process.stderr.write(`${name}: counting ${text.ids.length} characters\n`);
      const start = performance.now();
      const container = await encodeMarkov(recipe, text.ids);
      const model = await decodeMarkov(recipe, container, runFiles.code);
      await finishRun(folder, {
        container,
        score: scoreMarkov(model, text.ids),
        heldOut: scoreMarkov(model, text.heldOut.subarray(0, heldOutCharacters)),
        text,
        trialBits,
        record: {
          name,
          recipe,
          parameters: model.weights.length,
          shuffled,
          steps: 0,
          roundedSteps: 0,
          levels,
          seconds: (performance.now() - start) / 1000,
        },
      });
    }
    const runs = await Promise.all(folders.map(readRun));
    await write(
      process.stdout,
      values.json === true ? `${JSON.stringify(runs.map(summaryOf), undefined, 2)}\n` : `${runTable(runs)}\n`,
    );
    return exitStatus.done;
  },
};
