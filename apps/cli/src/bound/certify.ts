import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import {
  type Certificate,
  type CertifyOptions,
  certificateText,
  certify,
  decodeContainer,
  isContainer,
  modelSize,
  priorForms,
  type Recipe,
} from '@einlab/bounds';
import { EinlabError } from '@einlab/einsum-core';
import { exitStatus, failure, inputError, systemReason } from '../command-error.ts';
import { choice, flag, integer, path } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { write } from '../terminal/write.ts';
import { certificateTable } from './certificate-table.ts';
import { amount, list, needed, weightList } from './lists.ts';
import { putFile } from './run-files.ts';
import type { CommandPart } from '../commands/command.ts';

const options = {
  logprobs: path(
    'FILE',
    'the log-probability of each token given what comes before it: raw .f32 or .f64, .npy, or .ndjson with {"lp", "rank"?, "doc"?, "sum"?} on each line',
  ),
  base: choice(['nats', 'bits'], 'of the log-probabilities (nats)'),
  vocab: integer('different tokens', 2),
  tokens: amount('tokens that the certificate is about (as many as there are log-probabilities)', 1),
  code: path(
    'FILE',
    'the model as a file, whose size is its code: .ebnd of einlab bound train, GGUF, safetensors, or any other',
  ),
  'code-bits': amount('the length of the code in bits, in place of a file', 1),
  tensors: path(
    'FILE',
    'a safetensors file of what the code holds; a code that is shorter than the entropy of its values is refused',
  ),
  prior: choice(priorForms, 'how a length becomes a probability (kraft; self-delimiting for .ebnd)'),
  sample: choice(
    ['full', 'iid', 'wor', 'contiguous'],
    'how the scored tokens were chosen: all of them (full), drawn with (iid) or without (wor) replacement; contiguous pieces are refused',
  ),
  positions: path('FILE', 'where in the data the tokens of a sample stand, .u32 or .f64: checked to be scattered'),
  ranks: path('FILE', 'how many tokens the model found likelier than the right one, .u16 or .u32: adds top-k errors'),
  documents: path('FILE', 'tokens of each document, .u32: adds a bound per document'),
  delta: amount('failure probability (0.05)'),
  'alpha-grid': weightList('smoothing weights to choose from (eight from 0.0001 to 0.5); the choice is paid for'),
  method: list(
    'LIST',
    'inequalities to choose from (azuma,catoni,freedman); the best of several divides the failure probability among them',
    'some of azuma, catoni, freedman',
    (text) => (text === 'azuma' || text === 'catoni' || text === 'freedman' ? text : undefined),
  ),
  'trials-bits': amount('bits to pay for other choices that were made by looking at the data (0)'),
  joint: flag('all claims of the certificate hold at once, not each on its own'),
  output: path('FILE', 'where the certificate goes (certificate.json)'),
  force: flag('replace a certificate that is there'),
  require: flag('exit with status 1 when the bound per token is vacuous; the certificate is written all the same'),
  json: flag('print the certificate instead of the table'),
  help: flag('print this'),
};

const sampleNames = {
  full: 'full',
  iid: 'with-replacement',
  wor: 'without-replacement',
  contiguous: 'contiguous',
} as const;

/** Is the code a container, and a whole one? Its recipe, where it lies beside it, must have the vocabulary that is certified. */
function checkContainer(code: string, vocabulary: number): boolean {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(code);
  } catch (error) {
    throw inputError(`einlab bound certify: --code ${code}: ${systemReason(error)}; expected a file`);
  }
  if (!isContainer(bytes)) return false;
  decodeContainer(bytes, code);
  const beside = resolve(dirname(code), 'recipe.json');
  if (basename(code) === 'model.ebnd' && existsSync(beside)) {
    const { recipe }: { recipe?: Recipe } = JSON.parse(readFileSync(beside, 'utf8'));
    if (recipe !== undefined && recipe.vocabulary !== vocabulary)
      throw inputError(
        `einlab bound certify: --vocab is ${vocabulary}, but the model of ${code} has a vocabulary of ${recipe.vocabulary}`,
      );
  }
  return true;
}

/** An error of the library about what the user gave is the input's fault. */
export async function inputFault<T>(command: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EinlabError) throw inputError(`einlab ${command}: ${error.message}`);
    throw error;
  }
}

/** Writes a certificate in one step. */
export async function writeCertificate(certificate: Omit<Certificate, 'digest'>, output: string): Promise<string> {
  const text = await certificateText(certificate);
  try {
    putFile(dirname(resolve(output)), basename(output), text);
  } catch (error) {
    throw failure(`einlab bound certify: ${output} cannot be written: ${systemReason(error)}`);
  }
  return text;
}

/** `einlab bound certify`: log-probabilities and a code to a certificate. */
export const certifyCommand: CommandPart = {
  name: 'certify',
  summary: 'write a certificate from log-probabilities and the size of a model',
  usage: '--logprobs FILE --vocab N --code FILE [options]',
  options,
  run: async (argv) => {
    const { values, positionals } = parseArguments('bound certify', options, argv);
    if (positionals[0] !== undefined)
      throw inputError(`einlab bound certify: "${positionals[0]}" belongs to no option`);
    const output = values.output ?? 'certificate.json';
    if (existsSync(output) && values.force !== true)
      throw inputError(
        `einlab bound certify: ${output} is there already; --force replaces it, --output FILE writes elsewhere`,
      );
    const logProbabilities = needed('bound certify', '--logprobs FILE', values.logprobs);
    const vocabulary = needed('bound certify', '--vocab N', values.vocab);
    const { code, 'code-bits': codeBits } = values;
    if ((code === undefined) === (codeBits === undefined))
      throw inputError('einlab bound certify: give the model either as --code FILE or as --code-bits N');
    const certificate = await inputFault('bound certify', async () => {
      const container = code !== undefined && checkContainer(code, vocabulary);
      const entropyBits =
        values.tensors === undefined ? undefined : (await modelSize(values.tensors, { entropy: true })).entropyBits;
      const certifyOptions: CertifyOptions = {
        logProbabilities,
        vocabulary,
        code: code === undefined ? { bits: codeBits ?? 0 } : { file: code },
        prior: values.prior ?? (container ? 'self-delimiting' : 'kraft'),
        base: values.base ?? 'nats',
        sample: sampleNames[values.sample ?? 'full'],
        failureProbability: values.delta ?? 0.05,
        joint: values.joint === true,
        trialBits: values['trials-bits'] ?? 0,
        ...(values.tokens === undefined ? {} : { tokens: values.tokens }),
        ...(values['alpha-grid'] === undefined ? {} : { weights: values['alpha-grid'] }),
        ...(values.method === undefined ? {} : { methods: values.method }),
        ...(values.ranks === undefined ? {} : { ranks: values.ranks }),
        ...(values.documents === undefined ? {} : { documents: values.documents }),
        ...(values.positions === undefined ? {} : { positions: values.positions }),
        ...(entropyBits === undefined ? {} : { entropyBits }),
      };
      return certify(certifyOptions);
    });
    const text = await writeCertificate(certificate, output);
    await write(
      process.stdout,
      values.json === true ? text : `${certificateTable(certificate)}\n\ncertificate: ${output}\n`,
    );
    return values.require === true && certificate.vacuous ? exitStatus.failed : exitStatus.done;
  },
};

/** For messages about files that were read as text. */
export const readTextOf = (command: string, file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw inputError(`einlab ${command}: ${file}: ${systemReason(error)}; expected a file`);
  }
};
