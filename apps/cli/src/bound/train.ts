import { join, resolve } from 'node:path';
import { asInput, exitStatus, inputError } from '../command-error.ts';
import { choice, flag, integer, path, positive } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { catchStop } from '../terminal/catch-stop.ts';
import { write } from '../terminal/write.ts';
import { amount, compressionList, countList } from './lists.ts';
import { readRun } from './run-files.ts';
import { runTable, summaryOf } from './run-table.ts';
import type { CommandPart } from '../commands/command.ts';
import { loadCertifiedText } from './text.ts';
import { type TrainJob, trainOne } from './train-one.ts';

const options = {
  compressions: compressionList(
    'how models are said in few numbers: dense, lora, subspace, sublora, kronecker, monarch (all but subspace)',
  ),
  contexts: countList('characters that a model sees at once (64); several train each compression with each'),
  file: path(
    'PATH',
    'the text in UTF-8, of which the first nine tenths are learned and certified; Moby-Dick without it',
  ),
  separator: path('TEXT', 'what stands between documents, for a bound per document too; chapters in Moby-Dick'),
  shuffle: flag(
    'learn and certify the characters in a random order, which has nothing to be learned but their frequencies',
  ),
  steps: integer('training steps (1200)', 1),
  'rounded-steps': integer('further steps with rounded weights, whose levels are learned (300)', 0),
  levels: integer('levels of each codebook (9)', 2, 255),
  widths: countList('features between the blocks (96); several train each compression with each'),
  layers: integer('residual blocks (2)', 1, 64),
  heads: integer('attention heads (4)', 1, 256),
  rank: integer('of lora and sublora (4)', 1, 1024),
  dimension: integer('of the subspace of sublora and subspace (1500)', 1),
  blocks: integer('of monarch (8)', 1, 1024),
  tokens: choice(
    ['seeded', 'trained'],
    'whether the vectors of characters stay as the seed has them, at no cost (seeded), or are trained and coded',
  ),
  rate: positive("Adam's rate, by default one for each compression"),
  batch: integer('characters in a step (1024), as many windows as that makes', 1, 2 ** 20),
  seed: integer('decides initialization, batches and projectors (0)', 0),
  'trials-bits': amount(
    'bits to pay for other choices that were made by looking at the text (0); the choice among the runs of this command is paid for without being asked',
  ),
  output: path('DIR', 'a folder for each run (einlab-bounds); finished runs are kept, interrupted ones go on'),
  json: flag('print the results as one JSON value'),
  help: flag('print this'),
};

/** `einlab bound train`: trains small language models in few numbers and certifies each. */
export const trainCommand: CommandPart = {
  name: 'train',
  summary: 'train small models of a text in few numbers, write each as a code, and certify it',
  usage: '[options]',
  options,
  run: async (argv) => {
    const { values, positionals } = parseArguments('bound train', options, argv);
    if (positionals[0] !== undefined) throw inputError(`einlab bound train: "${positionals[0]}" belongs to no option`);
    const shuffle = values.shuffle === true ? (values.seed ?? 0) : undefined;
    const text = asInput('einlab bound train', () =>
      loadCertifiedText(values.file, {
        ...(values.separator === undefined ? {} : { separator: values.separator }),
        ...(shuffle === undefined ? {} : { shuffle }),
      }),
    );
    const compressions = values.compressions ?? ['dense', 'lora', 'sublora', 'kronecker', 'monarch'];
    const contexts = values.contexts ?? [64];
    const widths = values.widths ?? [96];
    const output = resolve(values.output ?? 'einlab-bounds');
    const choices = compressions.flatMap((compression) =>
      widths.flatMap((width) => contexts.map((context) => ({ compression, width, context }))),
    );
    const jobs = choices.map(({ compression, width, context }): TrainJob => {
      const name = [
        compression,
        ...(widths.length > 1 ? [`width-${width}`] : []),
        ...(contexts.length > 1 || context !== 64 ? [`context-${context}`] : []),
        ...(values.tokens === 'trained' ? ['tokens'] : []),
        ...(values.shuffle === true ? ['shuffled'] : []),
      ].join('-');
      return {
        name,
        folder: join(output, name),
        compression,
        sizes: {
          context,
          width,
          depth: values.layers ?? 2,
          heads: values.heads ?? 4,
          seed: values.seed ?? 0,
          rank: values.rank ?? 4,
          dimension: values.dimension ?? 1500,
          blocks: values.blocks ?? 8,
          tokens: values.tokens ?? 'seeded',
        },
        text,
        shuffled: values.shuffle === true,
        steps: values.steps ?? 1200,
        roundedSteps: values['rounded-steps'] ?? 300,
        levels: values.levels ?? 9,
        rate: values.rate,
        batch: Math.max(1, Math.round((values.batch ?? 1024) / context)),
        trialBits: (values['trials-bits'] ?? 0) + Math.log2(choices.length),
      };
    });
    const stop = catchStop();
    try {
      for (const job of jobs) {
        const done = await trainOne(job, stop.signal, (line) => process.stderr.write(`${line}\n`));
        if (!done) {
          await write(process.stderr, `einlab bound train: stopped; the same command goes on from ${output}\n`);
          return exitStatus.stopped;
        }
      }
    } finally {
      stop.release();
    }
    const runs = await Promise.all(jobs.map(({ folder }) => readRun(folder)));
    await write(
      process.stdout,
      values.json === true ? `${JSON.stringify(runs.map(summaryOf), undefined, 2)}\n` : `${runTable(runs)}\n`,
    );
    return exitStatus.done;
  },
};
