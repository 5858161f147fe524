import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificate, type MarkovRecipe, parseCertificate, type Recipe } from '@einlab/bounds';
import { inputError, messageOf } from '../command-error.ts';

/** The files of a certified run. */
export const runFiles = {
  code: 'model.ebnd',
  recipe: 'recipe.json',
  logProbabilities: 'log-probabilities.f32',
  ranks: 'ranks.u16',
  documents: 'documents.u32',
  certificate: 'certificate.json',
  settings: 'settings.json',
} as const;

/** What a run says about itself beside its certificate. */
export interface RunRecord {
  readonly name: string;
  readonly recipe: Recipe | MarkovRecipe;
  readonly parameters: number;
  readonly text: string;
  readonly shuffled: boolean;
  /** Of training; 0 for a model that counts. */
  readonly steps: number;
  readonly roundedSteps: number;
  readonly levels: number;
  readonly seconds: number;
  /** Bits per character on the text after the certified one; no part of the certificate. */
  readonly heldOutBits: number;
  /** Bits per character of a model that knows how often each character occurs and no more: a bound below it certifies that context is used. */
  readonly frequencyBits: number;
}

/** A run that was read back. */
export interface FinishedRun {
  readonly record: RunRecord;
  readonly certificate: Certificate;
}

/** Writes a file in one step. */
export function putFile(folder: string, name: string, contents: Uint8Array | string): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(`${path}.part`, contents);
  renameSync(`${path}.part`, path);
}

/** Is a run finished? Its certificate is written last. */
export const isFinished = (folder: string): boolean => existsSync(join(folder, runFiles.certificate));

/**
 * Makes a folder the place of a run with these settings, or finds that it is.
 *
 * @throws {CommandError} status 2 where the folder holds a run with others
 */
export function claimFolder(folder: string, settings: Readonly<Record<string, unknown>>): void {
  const path = join(folder, runFiles.settings);
  if (!existsSync(path)) {
    if (isFinished(folder))
      throw inputError(`einlab bound: ${folder} holds a run without its settings; choose another --output`);
    putFile(folder, runFiles.settings, `${JSON.stringify(settings, undefined, 2)}\n`);
    return;
  }
  const kept: Record<string, unknown> = JSON.parse(readFileSync(path, 'utf8'));
  for (const name of Object.keys({ ...kept, ...settings })) {
    const [before, now] = [kept[name], settings[name]].map((value) => JSON.stringify(value) ?? 'by default');
    if (before !== now)
      throw inputError(
        `einlab bound: ${folder} holds a run with ${name} ${before}, and now it is ${now}; give the same settings to go on with it, or another --output`,
      );
  }
}

/** How many characters a run's model looks back at. */
export const contextOf = ({ recipe }: RunRecord): number =>
  recipe.compression === 'markov' ? recipe.order : recipe.context;

/** Reads a finished run. @throws {CommandError} status 2 */
export async function readRun(folder: string): Promise<FinishedRun> {
  try {
    const certificate = await parseCertificate(
      readFileSync(join(folder, runFiles.certificate), 'utf8'),
      join(folder, runFiles.certificate),
    );
    // Written by `train` beside the certificate; what is plotted of it is a label, an x and a name.
    const record = JSON.parse(readFileSync(join(folder, runFiles.recipe), 'utf8')) as RunRecord;
    return { record, certificate };
  } catch (error) {
    throw inputError(`einlab bound: ${folder} holds no finished run: ${messageOf(error)}`);
  }
}
