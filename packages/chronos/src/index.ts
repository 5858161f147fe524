export {
  type ContextTokens,
  meanScaleTokenizer,
  type Tokenizer,
  type TokenizerOptions,
  type Tokens,
} from './tokenize/mean-scale-tokenizer.ts';
export { type UniformBins, uniformBins } from './tokenize/uniform-bins.ts';
