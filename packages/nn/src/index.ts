// Structures of linear maps

export { coreDeviation, coreNamed, coreRates, initializeCores, normalizeCores } from './cores.ts';
export { assertFeatures, dense } from './dense.ts';
export type {
  CoreOptions,
  CoreShape,
  Cores,
  RateOptimizer,
  RateOptions,
  Structure,
  StructuredMap,
} from './structure.ts';

// Layers: records of tensors and functions over them

export { type Attention, type AttentionOptions, attention } from './attention.ts';
export {
  type AxisPadding,
  type Convolution,
  type ConvolutionOptions,
  convolution,
  type Padding,
} from './convolution.ts';
export { countMacs, countParameters, isStructuredMap } from './counts.ts';
export { type Embedding, type EmbeddingOptions, embedding } from './embedding.ts';
export { type LayerNorm, layerNorm, type NormOptions } from './layer-norm.ts';
export { type Linear, type LinearOptions, linear } from './linear.ts';
export { type Activation, type Mlp, type MlpOptions, mlp } from './mlp.ts';
export { type ResidualMlp, type ResidualMlpOptions, residualMlp } from './residual-mlp.ts';
export { type RmsNorm, rmsNorm } from './rms-norm.ts';
export { type Transformer, type TransformerBlock, type TransformerOptions, transformer } from './transformer.ts';

// Losses

export { binaryCrossEntropy } from './binary-cross-entropy.ts';
export { type CrossEntropyOptions, crossEntropy } from './cross-entropy.ts';
export { type HuberOptions, huberLoss } from './huber-loss.ts';
export { klDivergence } from './kl-divergence.ts';
export { meanAbsoluteError } from './mean-absolute-error.ts';
export { meanSquaredError } from './mean-squared-error.ts';
export type { LossOptions } from './reduce-loss.ts';

// Optimizers and learning rates

export { type AdamWOptions, adam, adamW } from './optimizers/adam-w.ts';
export { clipByGlobalNorm, globalNorm } from './optimizers/clip-by-global-norm.ts';
export { type LionOptions, lion } from './optimizers/lion.ts';
export { type MuonOptions, muon } from './optimizers/muon.ts';
export {
  type DecayFilter,
  decayMatrices,
  type Optimizer,
  type OptimizerState,
  type UpdateOptions,
} from './optimizers/optimizer.ts';
export { type OrthogonalizeOptions, orthogonalize } from './optimizers/orthogonalize.ts';
export {
  type ConstantRateOptions,
  type CosineRateOptions,
  constantRate,
  cosineRate,
  type InverseRootRateOptions,
  inverseRootRate,
  type LinearRateOptions,
  linearRate,
  type Schedule,
} from './optimizers/schedule.ts';
export { type SgdOptions, sgd } from './optimizers/sgd.ts';
export { type BlockSizes, coreBlocks, type ModelRateOptions, type RateTree, rates } from './rates.ts';

// Training and checkpoints

export type { ReadOptions } from './checkpoint/entry-types.ts';
export {
  decodeSafetensors,
  type LoadOptions,
  loadSafetensors,
  type Safetensors,
} from './checkpoint/load-safetensors.ts';
export type { FileSource } from './checkpoint/open-source.ts';
export { decodeNpy, type ReadNpyOptions, readNpy } from './checkpoint/read-npy.ts';
export { restoreTree } from './checkpoint/restore-tree.ts';
export { openSafetensors, type SafetensorsEntry, type SafetensorsFile } from './checkpoint/safetensors-file.ts';
export { encodeSafetensors, type SafetensorsOptions, saveSafetensors } from './checkpoint/save-safetensors.ts';
export type { FileTarget } from './checkpoint/write-bytes.ts';
export { encodeNpy, type NpyOptions, type NpyType, writeNpy } from './checkpoint/write-npy.ts';
export { train } from './training/train.ts';
export type {
  EvaluationRecord,
  LossRecord,
  TrainCheckpoint,
  TrainOptions,
  TrainProgress,
  TrainResult,
} from './training/train-options.ts';

// Data

export { type BatchOptions, shuffledBatches } from './data/batches.ts';

// Text

export { decodeText } from './data/decode-text.ts';
export { characterVocabulary, type Vocabulary, vocabularyOf } from './data/vocabulary.ts';
export {
  randomWindows,
  type SequenceBatch,
  sequentialWindows,
  splitByPosition,
  type WindowOptions,
} from './data/windows.ts';
