import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  certify,
  countSymbols,
  decodeSymbols,
  encodeSymbols,
  ggufSize,
  scaledFrequencies,
  type Symbols,
} from '@einlab/bounds';
import { type Machine, machine } from '../../harness/machine.ts';
import { writeSevenBillion } from './seven-billion.ts';

/** One figure with what it has to reach. */
export interface BoundsRow {
  readonly name: string;
  readonly value: number;
  readonly unit: 's' | 'MB/s';
  /** At most, for seconds; at least, for paces. */
  readonly limit: number;
  readonly isReached: boolean;
  readonly note: string;
}

/** A run of the suite: what `--json` prints. */
export interface BoundsReport {
  readonly suite: 'bounds';
  readonly machine: Machine;
  readonly date: string;
  readonly rows: readonly BoundsRow[];
  /** Every result was right; whether it was quick is in the rows. */
  readonly isComplete: boolean;
}

/** How large the works are. */
export interface BoundsSizes {
  readonly tokens: number;
  readonly symbols: number;
}

/** The sizes of the claims, and those of a look. */
export const boundsSizes: Readonly<Record<'full' | 'quick', BoundsSizes>> = {
  full: { tokens: 1e8, symbols: 3e7 },
  quick: { tokens: 1e7, symbols: 5e6 },
};

const seconds = async (work: () => unknown): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

/** Log-probabilities as a language model has them: mostly likely tokens, some very unlikely ones. */
async function writeLogProbabilities(path: string, count: number): Promise<void> {
  const file = await open(path, 'w');
  const piece = new Float32Array(2 ** 20);
  let state = 1;
  for (let i = 0; i < piece.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    piece[i] = -((state / 2 ** 32) ** 3) * 14;
  }
  for (let at = 0; at < count; at += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, count - at));
    await file.write(new Uint8Array(part.buffer, 0, part.byteLength));
  }
  await file.close();
}

async function certifyRow(folder: string, { tokens }: BoundsSizes): Promise<BoundsRow> {
  const path = join(folder, 'log-probabilities.f32');
  await writeLogProbabilities(path, tokens);
  const options = { logProbabilities: path, vocabulary: 32_000, code: { bits: 1e6 } };
  let scored = 0;
  const value = await seconds(async () => {
    const certificate = await certify(options);
    scored = certificate.rows.length;
    if (certificate.statistics.tokens.count !== tokens)
      throw new Error(`certify scored ${certificate.statistics.tokens.count} of ${tokens} tokens`);
  });
  // proportional where fewer tokens are certified
  const limit = (5 * tokens) / 1e8;
  return {
    name: `certify ${tokens} log-probabilities from a file`,
    value,
    unit: 's',
    limit,
    isReached: value < limit,
    note: `one core, ${scored} bounds: 8 smoothing weights by Azuma, Catoni and Freedman; reading and hashing included`,
  };
}

/** Symbols of 11 levels as quantized weights have them: near the middle. */
function weights(count: number): Symbols {
  const symbols = new Uint8Array(count);
  let state = 7;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let j = 0; j < 4; j++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      sum += state / 2 ** 32;
    }
    symbols[i] = Math.min(10, Math.floor((sum / 4) * 11));
  }
  return symbols;
}

async function coderRows({ symbols: count }: BoundsSizes): Promise<readonly BoundsRow[]> {
  const symbols = weights(count);
  const frequencies = scaledFrequencies(countSymbols(symbols, 11), 14);
  // the engine of the language compiles what is used a few times
  const some = symbols.subarray(0, 2e5);
  for (let i = 0; i < 3; i++) decodeSymbols(encodeSymbols(some, frequencies, 14), some.length, frequencies, 14);
  let code = new Uint8Array(0);
  const encoding = await seconds(() => {
    code = Uint8Array.from(encodeSymbols(symbols, frequencies, 14));
  });
  let decoded: Symbols = new Uint8Array(0);
  const decoding = await seconds(() => {
    decoded = decodeSymbols(code, count, frequencies, 14);
  });
  if (!symbols.every((symbol, i) => symbol === decoded[i])) throw new Error('the range coder gave other symbols back');
  const row = (name: string, time: number): BoundsRow => {
    const value = count / 1e6 / time;
    return {
      name,
      value,
      unit: 'MB/s',
      limit: 30,
      isReached: value > 30,
      note: `${count} symbols of one byte, ${((8 * code.length) / count).toFixed(3)} bits each`,
    };
  };
  return [row('range coder, encode', encoding), row('range coder, decode', decoding)];
}

async function headerRow(folder: string): Promise<BoundsRow> {
  const path = join(folder, 'seven.gguf');
  await writeSevenBillion(path);
  let parameters = 0;
  const value = await seconds(async () => {
    ({ parameters } = await ggufSize(path));
  });
  if (!(parameters > 6.7e9)) throw new Error(`the header has ${parameters} parameters; expected 7 B`);
  return {
    name: 'account a GGUF file of 7 B parameters',
    value,
    unit: 's',
    limit: 1,
    isReached: value < 1,
    note: 'header with a vocabulary of 32000 texts; tensors are not read',
  };
}

/** Measures what the bounds package promises; results are checked, and a wrong one ends the suite. */
export async function boundsSuite(sizes: BoundsSizes, progress: (line: string) => void): Promise<BoundsReport> {
  const folder = await mkdtemp(join(tmpdir(), 'einlab-bench-'));
  try {
    const rows: BoundsRow[] = [];
    const add = (...found: readonly BoundsRow[]): void => {
      rows.push(...found);
      for (const { name, value, unit } of found) progress(`${name}: ${value.toPrecision(4)} ${unit}`);
    };
    add(await headerRow(folder));
    add(...(await coderRows(sizes)));
    add(await certifyRow(folder, sizes));
    return { suite: 'bounds', machine: machine(), date: new Date().toISOString(), rows, isComplete: true };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The report as text. */
export const boundsReportText = ({ rows }: BoundsReport): string =>
  rows
    .map(
      ({ name, value, unit, limit, isReached, note }) =>
        `${isReached ? 'reached' : 'short  '}  ${name}: ${value.toPrecision(4)} ${unit} (${unit === 's' ? 'below' : 'above'} ${limit})  ${note}`,
    )
    .join('\n');
