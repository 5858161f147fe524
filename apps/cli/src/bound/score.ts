import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decodeTensors, encodeTensors, type NamedValues, scoreText } from '@einlab/bounds';
import {
  evaluate,
  isTensor,
  mapTree,
  openDevice,
  random,
  setDefaultDevice,
  tensor,
  treeEntries,
} from '@einlab/einsum-core';
import { loadSafetensors, splitByPosition, type Transformer } from '@einlab/nn';
import { exitStatus, inputError } from '../command-error.ts';
import { keptSpec } from '../compare/keep-model.ts';
import { createTextModel } from '../compare/text-model.ts';
import { structureOf } from '../compare/structures.ts';
import { loadText } from '../data/load-text.ts';
import { flag, integer, path } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { catchStop } from '../terminal/catch-stop.ts';
import { write } from '../terminal/write.ts';
import { inputFault } from './certify.ts';
import { putFile, runFiles } from './run-files.ts';
import type { CommandPart } from '../commands/command.ts';

const options = {
  file: path('PATH', 'the text that the model was trained on; Moby-Dick without it'),
  levels: integer('levels of the codebook of each tensor (15)', 2, 255),
  output: path('DIR', 'where model.ebnd, log-probabilities.f32 and ranks.u16 go (einlab-score)'),
  json: flag('print what was written as one JSON value'),
  help: flag('print this'),
};

/** Loads the weights of a kept model by the names of a fresh one's tensors: every one of them is coded, none is taken on trust. */
async function trainedValues(file: string, model: Transformer): Promise<NamedValues> {
  const { tensors } = await loadSafetensors(file);
  const values = new Map<string, Float32Array>();
  for (const [name, leaf] of treeEntries(model)) {
    if (!isTensor(leaf)) continue;
    const found = tensors[`params.${name}`];
    if (found === undefined || found.size !== leaf.size)
      throw inputError(
        `einlab bound score: ${file} has ${found === undefined ? 'no tensor' : `${found.size} values of`} "${name}"; expected ${leaf.size} values`,
      );
    values.set(name, Float32Array.from(await found.data()));
  }
  return values;
}

/** `einlab bound score`: a model of `einlab compare` as a code, and what it says about its text. */
export const scoreCommand: CommandPart = {
  name: 'score',
  summary:
    'quantize a model that einlab compare --models kept, write its code, and score its text with what that decodes to',
  usage: 'FILE.safetensors [options]',
  options,
  run: async (argv) => {
    const { values, positionals } = parseArguments('bound score', options, argv);
    const [file, stray] = positionals;
    if (file === undefined) throw inputError('einlab bound score: the model is missing; expected FILE.safetensors');
    if (stray !== undefined) throw inputError(`einlab bound score: "${stray}" belongs to no option`);
    const output = resolve(values.output ?? 'einlab-score');
    if (existsSync(join(output, runFiles.code)))
      throw inputError(`einlab bound score: ${output} holds a scored model already; --output DIR writes elsewhere`);
    const spec = keptSpec('bound score', file);
    const text = loadText(values.file);
    if (text.info.hash !== spec.textHash)
      throw inputError(
        `einlab bound score: ${text.info.name} is not the text that the model was trained on (SHA-256 ${text.info.hash.slice(0, 12)}…, expected ${spec.textHash.slice(0, 12)}…); give it with --file`,
      );
    const stop = catchStop();
    try {
      setDefaultDevice(await openDevice(spec.device));
      const fresh = createTextModel(structureOf(spec.structure), spec, random.foldIn(random.key(spec.seed), 0));
      const trained = await inputFault('bound score', () => trainedValues(file, fresh));
      const config = createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 16);
      const code = encodeTensors(trained, config, { levels: values.levels ?? 15 });
      const decoded = decodeTensors(code, config, new Map([...trained].map(([name, each]) => [name, each.length])));
      const model = await evaluate(
        mapTree<Transformer>(fresh, (leaf, name) => {
          const own = decoded.get(name);
          return isTensor(leaf) && own !== undefined ? tensor(own, { shape: leaf.shape }) : leaf;
        }),
      );
      const { train } = splitByPosition(new Int32Array(text.ids));
      const score = await scoreText(model, train, { context: spec.context, signal: stop.signal });
      putFile(output, runFiles.logProbabilities, new Uint8Array(score.logProbabilities.buffer));
      putFile(output, runFiles.ranks, new Uint8Array(score.ranks.buffer));
      putFile(output, runFiles.code, code);
      const bits =
        -score.logProbabilities.reduce((sum, each) => sum + each, 0) / score.logProbabilities.length / Math.LN2;
      const written = {
        vocabulary: spec.vocabulary,
        tokens: score.logProbabilities.length,
        codeBits: 8 * code.length,
        parameters: [...trained.values()].reduce((sum, each) => sum + each.length, 0),
        bitsPerToken: bits,
        output,
      };
      const next = `einlab bound certify --logprobs ${join(output, runFiles.logProbabilities)} --ranks ${join(output, runFiles.ranks)} --code ${join(output, runFiles.code)} --vocab ${spec.vocabulary}`;
      await write(
        process.stdout,
        values.json === true
          ? `${JSON.stringify(written, undefined, 2)}\n`
          : `${written.parameters} parameters in ${written.codeBits} bits; ${bits.toFixed(4)} bits per character over ${written.tokens}\n\ncertify with\n  ${next}\n`,
      );
      return exitStatus.done;
    } finally {
      stop.release();
    }
  },
};
