/** What a comparison is asked to do, complete and checked; JSON, so that an interrupted one can be told from another. */
export interface Settings {
  readonly task: 'text' | 'teacher' | 'images';
  /** The text's name for people: a path, or the book. */
  readonly text: TextInfo | undefined;
  /** Labels, in the order of the table. */
  readonly structures: readonly string[];
  /** Widths of each structure, rising. */
  readonly widths: Readonly<Record<string, readonly number[]>>;
  /** Seeds of the runs are seed, seed + 1, …; the first also draws the teacher. */
  readonly seed: number;
  readonly seeds: number;
  /** Undefined until a time budget has decided it. */
  readonly steps: number | undefined;
  /** Seconds for the whole command; decides the steps. */
  readonly budgetSeconds: number | undefined;
  readonly batch: number;
  readonly rate: number;
  readonly context: number;
  readonly layers: number;
  readonly heads: number;
  readonly naiveRates: boolean;
  readonly device: 'wasm' | 'webgpu' | 'reference';
}

/** A text that models are trained on. */
export interface TextInfo {
  readonly name: string;
  readonly characters: number;
  readonly vocabulary: number;
  /** SHA-256 of the characters. */
  readonly hash: string;
}

/** What a task does where the options are silent. */
export interface TaskDefaults {
  readonly structures: readonly string[];
  readonly steps: number;
  /** Fewer steps than this can rank the structures wrongly. */
  readonly trustedSteps: number;
  readonly batch: number;
  readonly rate: number;
  readonly warmup: number;
  readonly layers: number;
  /** Widths that have been measured; a structure that is not here gets the width with the nearest cost. */
  readonly widths: Readonly<Record<string, readonly number[]>>;
  /** The dense widths that others are matched with. */
  readonly denseWidths: readonly number[];
}

/** Settings of the published experiments, scaled down to two processor cores. */
export const taskDefaults: Readonly<Record<Settings['task'], TaskDefaults>> = {
  text: {
    structures: ['dense', 'low-rank:11', 'kronecker', 'monarch', 'btt'],
    steps: 1500,
    trustedSteps: 1500,
    batch: 16,
    rate: 3e-3,
    warmup: 100,
    layers: 2,
    widths: {
      dense: [48],
      'low-rank': [144],
      'low-rank:11': [144],
      kronecker: [144],
      monarch: [80],
      'monarch:4': [80],
      btt: [144],
      'btt:1': [144],
    },
    denseWidths: [48],
  },
  teacher: {
    structures: ['dense', 'low-rank', 'kronecker', 'tensor-train', 'btt'],
    steps: 1500,
    trustedSteps: 1000,
    batch: 256,
    rate: 3e-3,
    warmup: 50,
    layers: 2,
    widths: {
      dense: [16, 32, 64],
      'low-rank': [36, 100, 256],
      kronecker: [48, 100, 256],
      'tensor-train': [64],
      btt: [48, 100, 256],
      'btt:1': [48, 100, 256],
    },
    denseWidths: [16, 32, 64],
  },
  images: {
    structures: ['dense', 'low-rank', 'kronecker', 'tensor-train', 'monarch', 'btt'],
    steps: 1000,
    trustedSteps: 1000,
    batch: 128,
    rate: 3e-3,
    warmup: 50,
    layers: 2,
    widths: {},
    denseWidths: [16, 32, 64],
  },
};
