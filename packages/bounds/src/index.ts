// Units
export { type Bits, bits, type Nats, nats, toBits, toNats } from './base/units.ts';

// Losses and their ranges
export { type LossRange, lossRange, rootMeanSquareRange, type Smoothing, smoothedLoss } from './risk/smoothing.ts';
export { randomGuessError, randomGuessLoss } from './risk/random-guess.ts';

// What a hypothesis costs
export { complexityNats, type PriorForm, type PriorOptions, priorForms, selectionBits } from './complexity/prior.ts';

// Inequalities
export type { Bound, BoundMethod, BoundTerms } from './inequality/bound.ts';
export type { Sample } from './inequality/sample.ts';
export {
  documentBound,
  finiteHypothesisBound,
  type RangeBoundInput,
  tokenBound,
  topKBound,
} from './inequality/token-bound.ts';
export {
  type CatoniTokenInput,
  catoniTokenBound,
  type TemperatureGrid,
} from './inequality/catoni-token-bound.ts';
export { defaultBets, type FreedmanInput, freedmanBound } from './inequality/freedman-bound.ts';
export {
  catoniBound,
  catoniUnionBound,
  convexityBound,
  klBound,
  mcAllesterBound,
  type PacBayesInput,
} from './inequality/pac-bayes.ts';
export { binaryKl, klInverse } from './inequality/kl-inverse.ts';
export { empiricalBernstein } from './inequality/empirical-bernstein.ts';

// Measuring: log-probabilities in one pass
export {
  defaultWeights,
  type ScoreOptions,
  TokenScore,
  type TokenStatistics,
  type WeightStatistics,
} from './score/token-score.ts';
export { DocumentScore, type DocumentStatistics } from './score/document-score.ts';
export { RankScore, rankOf, type TopKStatistics, topKs } from './score/rank-score.ts';
export {
  type LogProbabilityFormat,
  type LogProbabilityPiece,
  type ReadFile,
  readLogProbabilities,
} from './score/read-log-probabilities.ts';
export type { BytesSource } from './base/bytes.ts';

// Certificates
export {
  type Certificate,
  type CertificateMethod,
  type CertificateRow,
  type CertificateSettings,
  type CertificateStatistics,
  type CertifiedFile,
  certificateText,
  parseCertificate,
  type SampleKind,
} from './certificate/certificate.ts';
export { type CertifyOptions, type CodeSource, certify } from './certificate/certify.ts';
export type { MeasuredFiles } from './certificate/measure.ts';
export { type Verification, type VerifyFiles, verify } from './certificate/verify.ts';
export { type Budget, type BudgetOptions, budget } from './certificate/budget.ts';

// Codes
export {
  type CodedGroup,
  type Container,
  containerBits,
  decodeContainer,
  encodeContainer,
  groupValues,
  isContainer,
  toHalf,
} from './code/container.ts';
export {
  countSymbols,
  crossEntropyBits,
  decodeSymbols,
  encodeSymbols,
  entropyBits,
  scaledFrequencies,
  type Symbols,
} from './code/range-coder.ts';
export { assignLevels, kMeansLevels, squaredError, uniformLevels } from './quantize/levels.ts';
export { type BlockQuantized, quantizeBlocks } from './quantize/blocks.ts';
export { straightThrough } from './quantize/straight-through.ts';

// Models in few numbers
export {
  createProjector,
  type Projector,
  type ProjectorName,
  type ProjectorOptions,
  projectorNames,
} from './projector/projector.ts';
export {
  directParameters,
  isBodyCore,
  lowRankChanges,
  type Parametrization,
  subspace,
  type Trained,
  trainedCount,
  withTokens,
} from './model/parametrization.ts';
export {
  type CompressionName,
  compressionNames,
  completeRecipe,
  parametrizationOf,
  type Recipe,
  recipeHash,
} from './model/recipe.ts';
export { type DecodedModel, decodeModel, encodeModel } from './model/coded-model.ts';
export { decodeTensors, encodeTensors, type NamedValues } from './model/coded-tensors.ts';
export {
  decodeMarkov,
  encodeMarkov,
  type MarkovModel,
  type MarkovRecipe,
  markovRecipe,
  scoreMarkov,
} from './model/markov.ts';
export { scoreText, type TextScore } from './model/score-text.ts';
export { type CodedTraining, type CodedTrainingResult, trainCoded } from './model/train-coded.ts';

// Sizes of model files
export { type GgufHeader, type GgufTensor, type GgufValue, ggufSize, readGgufHeader } from './size/gguf.ts';
export { ggufEntropy } from './size/gguf-entropy.ts';
export { type GgufField, type GgufType, ggufTypes } from './size/gguf-types.ts';
export { modelSize, safetensorsSize, valueEntropyBits } from './size/model-size.ts';
export type { ModelSize, TensorSize } from './size/tensor-size.ts';

// Pictures
export { type BoundPlotOptions, boundLinePlot, type PlottedBound, stackedBoundPlot } from './plot/bound-plot.ts';
