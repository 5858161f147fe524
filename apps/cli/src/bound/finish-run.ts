import { join } from 'node:path';
import { certificateText, certify, type TextScore } from '@einlab/bounds';
import { putFile, type RunRecord, runFiles } from './run-files.ts';
import { type CertifiedText, predictedLengths } from './text.ts';

/** Held-out characters that are scored, for the record alone. */
export const heldOutCharacters = 20_000;

/** A model as its code, and what the decoded model says about a text. */
export interface ScoredRun {
  readonly container: Uint8Array;
  readonly score: TextScore;
  readonly heldOut: TextScore;
  readonly text: CertifiedText;
  /** Bits for everything that was chosen by looking at the text. */
  readonly trialBits: number;
  readonly record: Omit<RunRecord, 'text' | 'heldOutBits' | 'frequencyBits'>;
}

const meanBits = ({ logProbabilities }: TextScore): number =>
  -logProbabilities.reduce((sum, each) => sum + each, 0) / logProbabilities.length / Math.LN2;

/** Bits per character where each is predicted by how often it occurs. */
function frequencyBits(ids: Int32Array, vocabulary: number): number {
  const counts = new Float64Array(vocabulary);
  for (const id of ids) counts[id] = (counts[id] ?? 0) + 1;
  return counts.reduce(
    (bits, count) => (count === 0 ? bits : bits + (count / ids.length) * Math.log2(ids.length / count)),
    0,
  );
}

/** Writes a run's files; the certificate, which says that the run is finished, last. */
export async function finishRun(folder: string, run: ScoredRun): Promise<void> {
  const { container, score, heldOut, text, trialBits, record } = run;
  putFile(folder, runFiles.code, container);
  putFile(folder, runFiles.logProbabilities, new Uint8Array(score.logProbabilities.buffer));
  putFile(folder, runFiles.ranks, new Uint8Array(score.ranks.buffer));
  if (text.documents !== undefined)
    putFile(folder, runFiles.documents, new Uint8Array(predictedLengths(text.documents).buffer));
  const whole: RunRecord = {
    ...record,
    text: text.name,
    heldOutBits: meanBits(heldOut),
    frequencyBits: frequencyBits(text.ids, text.vocabulary),
  };
  putFile(folder, runFiles.recipe, `${JSON.stringify(whole, undefined, 2)}\n`);
  const certificate = await certify({
    logProbabilities: join(folder, runFiles.logProbabilities),
    ranks: join(folder, runFiles.ranks),
    ...(text.documents === undefined ? {} : { documents: join(folder, runFiles.documents) }),
    vocabulary: text.vocabulary,
    code: { file: join(folder, runFiles.code) },
    prior: 'self-delimiting',
    trialBits,
  });
  putFile(folder, runFiles.certificate, await certificateText(certificate));
}
