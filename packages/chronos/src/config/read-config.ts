import { EinlabError } from '@einlab/einsum-core';
import type { TokenizerOptions } from '../tokenize/mean-scale-tokenizer.ts';
import type {
  Chronos2Config,
  ChronosBoltConfig,
  ChronosConfig,
  ChronosGpt2Config,
  ChronosT5Config,
  SamplingDefaults,
  T5Config,
} from './chronos-config.ts';
import { type Fields, fieldsOf, isJson, type Json } from './fields.ts';

/**
 * What a checkpoint's `config.json` says.
 *
 * The family is decided by `chronos_pipeline_class`, which checkpoints of the first generation lack, then by `architectures`;
 * `model_type` is `t5` for every family and says nothing.
 *
 * @param json - the parsed file
 * @param source - what to call it in errors
 * @throws {EinlabError} `file` for a model that is no Chronos model, and for fields that are missing or make no sense, by name
 */
export function readConfig(json: unknown, source: string = 'config.json'): ChronosConfig {
  if (!isJson(json) || !isJson(json['chronos_config'])) {
    throw new EinlabError(
      'file',
      `${source}: there is no "chronos_config", so this is no Chronos model; expected the config.json of a Chronos checkpoint`,
      { source },
    );
  }
  const model = fieldsOf(json, source);
  const own = fieldsOf(json['chronos_config'], `${source}: chronos_config`);
  const architectures: unknown = json['architectures'];
  const architecture: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  const pipeline = json['chronos_pipeline_class'] ?? pipelineOf(architecture);
  switch (pipeline) {
    case 'Chronos2Pipeline':
      return readChronos2(model, own);
    case 'ChronosBoltPipeline':
      return readBolt(json, model, own);
    case 'ChronosPipeline':
      return readTokenModel(json, json['chronos_config'], model, own);
    default:
      throw new EinlabError(
        'file',
        `${source}: chronos_pipeline_class is ${JSON.stringify(pipeline)} and architectures[0] is ${JSON.stringify(architecture)}; expected a Chronos-T5, Chronos-Bolt or Chronos-2 model`,
        { source, pipeline, architecture },
      );
  }
}

function pipelineOf(architecture: unknown): string {
  if (architecture === 'ChronosBoltModelForForecasting') return 'ChronosBoltPipeline';
  return architecture === 'Chronos2Model' ? 'Chronos2Pipeline' : 'ChronosPipeline';
}

const gated = ['relu', 'gated-gelu'] as const;

function readT5(json: Json, model: Fields): T5Config {
  const encoderLayers = model.count('num_layers');
  return {
    width: model.count('d_model'),
    hidden: model.count('d_ff'),
    heads: model.count('num_heads'),
    dim: model.count('d_kv'),
    encoderLayers,
    decoderLayers: model.count('num_decoder_layers', encoderLayers),
    buckets: model.count('relative_attention_num_buckets', 32),
    maxDistance: model.count('relative_attention_max_distance', 128),
    eps: model.number('layer_norm_epsilon', 1e-6),
    activation: model.choice('feed_forward_proj', gated, 'relu'),
    vocab: model.count('vocab_size'),
    tied: json['tie_word_embeddings'] !== false,
    dropout: model.number('dropout_rate', 0.1),
    initializerFactor: model.number('initializer_factor', 1),
  };
}

function readBolt(json: Json, model: Fields, own: Fields): ChronosBoltConfig {
  const patchSize = own.count('input_patch_size');
  return {
    family: 'bolt',
    body: readT5(json, model),
    contextLength: own.count('context_length'),
    predictionLength: own.count('prediction_length'),
    patchSize,
    patchStride: own.count('input_patch_stride', patchSize),
    quantiles: own.levels('quantiles'),
    useReg: own.flag('use_reg_token', false),
    seasonalAdjustment: own.flag('seasonal_adjustment', false),
  };
}

function readChronos2(model: Fields, own: Fields): Chronos2Config {
  const contextLength = own.count('context_length');
  const patchSize = own.count('input_patch_size');
  return {
    family: 'chronos2',
    body: {
      width: model.count('d_model'),
      hidden: model.count('d_ff'),
      heads: model.count('num_heads'),
      dim: model.count('d_kv'),
      layers: model.count('num_layers'),
      eps: model.number('layer_norm_epsilon', 1e-6),
      ropeTheta: model.number('rope_theta', 10000),
      vocab: model.count('vocab_size', 2),
      activation: model.choice('feed_forward_proj', gated, 'relu'),
      dropout: model.number('dropout_rate', 0.1),
      initializerFactor: model.number('initializer_factor', 0.05),
    },
    contextLength,
    patchSize,
    patchStride: own.count('input_patch_stride', patchSize),
    outputPatchSize: own.count('output_patch_size'),
    maxOutputPatches: own.count('max_output_patches', 1),
    quantiles: own.levels('quantiles'),
    useArcsinh: own.flag('use_arcsinh', false),
    useReg: own.flag('use_reg_token', false),
    timeScale: own.number('time_encoding_scale', contextLength),
  };
}

function readTokenModel(json: Json, ownJson: Json, model: Fields, own: Fields): ChronosT5Config | ChronosGpt2Config {
  const kwargs = fieldsOf(
    isJson(ownJson['tokenizer_kwargs']) ? ownJson['tokenizer_kwargs'] : {},
    'config.json: chronos_config.tokenizer_kwargs',
  );
  own.choice('tokenizer_class', ['MeanScaleUniformBins'], 'MeanScaleUniformBins');
  const modelType = own.choice('model_type', ['seq2seq', 'causal'], 'seq2seq');
  const tokenizer: TokenizerOptions = {
    tokenCount: own.count('n_tokens'),
    specialCount: own.count('n_special_tokens', 2),
    low: kwargs.number('low_limit', -15),
    high: kwargs.number('high_limit', 15),
    pad: own.number('pad_token_id', 0),
    end: own.number('eos_token_id', 1),
    useEnd: own.flag('use_eos_token', true),
    contextLength: own.count('context_length'),
    predictionLength: own.count('prediction_length'),
    modelType,
  };
  const sampling: SamplingDefaults = {
    samples: own.count('num_samples', 20),
    temperature: own.number('temperature', 1),
    topK: own.count('top_k', 50),
    topP: own.number('top_p', 1),
  };
  if (modelType === 'seq2seq') return { family: 't5', body: readT5(json, model), tokenizer, sampling };
  const width = model.count('n_embd');
  const body = {
    width,
    hidden: json['n_inner'] === null ? 4 * width : model.count('n_inner', 4 * width),
    heads: model.count('n_head'),
    layers: model.count('n_layer'),
    positions: model.count('n_positions', 1024),
    vocab: model.count('vocab_size'),
    eps: model.number('layer_norm_epsilon', 1e-5),
  };
  return { family: 'gpt2', body, tokenizer, sampling };
}
