import { createHash } from 'node:crypto';

/** What every run of a comparison says about itself; JSON, so that it can be stored, hashed and handed to another thread. */
interface RunSpecBase {
  /** The structure's label, such as `btt:2`. */
  readonly structure: string;
  readonly width: number;
  /** True trains every core with the learning rate of a dense layer. */
  readonly naiveRates: boolean;
  /** Decides the initialization and the order of the batches. */
  readonly seed: number;
  readonly steps: number;
  /** Examples in a step: windows of text, or points. */
  readonly batch: number;
  /** Adam's learning rate at the base width. */
  readonly rate: number;
  /** Steps over which the rate rises from 0. */
  readonly warmup: number;
  /** Residual blocks. */
  readonly layers: number;
  readonly device: 'wasm' | 'webgpu' | 'reference';
}

/** A character-level transformer on a text. */
export interface TextSpec extends RunSpecBase {
  readonly task: 'text';
  /** Characters that the model sees at once. */
  readonly context: number;
  readonly heads: number;
  /** Size of the alphabet. */
  readonly vocabulary: number;
  /** SHA-256 of the characters, so that a result never passes for another text's. */
  readonly textHash: string;
}

/** A residual network that learns a random function. */
export interface TeacherSpec extends RunSpecBase {
  readonly task: 'teacher';
  /** Decides the function to learn, and the test points; one for the whole comparison. */
  readonly teacherSeed: number;
}

/** A residual network that tells synthetic images apart. */
export interface ImageSpec extends RunSpecBase {
  readonly task: 'images';
  /** Decides the classes and the test images; one for the whole comparison. */
  readonly imageSeed: number;
}

/** One run of a comparison. */
export type RunSpec = TextSpec | TeacherSpec | ImageSpec;

/** A run's name in states and messages: equal specifications, equal names. */
export const runKey = (spec: RunSpec): string => {
  const canonical = JSON.stringify(Object.entries(spec).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(canonical).digest('hex').slice(0, 16);
};

/** A run as people read it: `btt 196, naive rates, seed 2`. */
export const describeRun = (spec: RunSpec): string =>
  `${spec.structure} ${spec.width}${spec.naiveRates ? ', naive rates' : ''}, seed ${spec.seed}`;
