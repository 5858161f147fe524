import type { ChronosConfig, T5Config } from '../config/chronos-config.ts';
import type { Json } from '../config/fields.ts';

const t5Fields = (body: T5Config): Json => ({
  model_type: 't5',
  d_model: body.width,
  d_ff: body.hidden,
  num_heads: body.heads,
  d_kv: body.dim,
  num_layers: body.encoderLayers,
  num_decoder_layers: body.decoderLayers,
  relative_attention_num_buckets: body.buckets,
  relative_attention_max_distance: body.maxDistance,
  layer_norm_epsilon: body.eps,
  feed_forward_proj: body.activation,
  vocab_size: body.vocab,
  tie_word_embeddings: body.tied,
  dropout_rate: body.dropout,
  initializer_factor: body.initializerFactor,
  is_encoder_decoder: true,
  decoder_start_token_id: 0,
  pad_token_id: 0,
});

/** The `config.json` of a model, which `readConfig` reads back as the same configuration. */
export function writeConfig(config: ChronosConfig): Json {
  switch (config.family) {
    case 'bolt':
      return {
        architectures: ['ChronosBoltModelForForecasting'],
        chronos_pipeline_class: 'ChronosBoltPipeline',
        ...t5Fields(config.body),
        reg_token_id: 1,
        chronos_config: {
          context_length: config.contextLength,
          prediction_length: config.predictionLength,
          input_patch_size: config.patchSize,
          input_patch_stride: config.patchStride,
          quantiles: config.quantiles,
          use_reg_token: config.useReg,
          ...(config.seasonalAdjustment === true ? { seasonal_adjustment: true } : {}),
        },
      };
    case 'chronos2':
      return {
        architectures: ['Chronos2Model'],
        chronos_pipeline_class: 'Chronos2Pipeline',
        model_type: 't5',
        d_model: config.body.width,
        d_ff: config.body.hidden,
        num_heads: config.body.heads,
        d_kv: config.body.dim,
        num_layers: config.body.layers,
        layer_norm_epsilon: config.body.eps,
        rope_theta: config.body.ropeTheta,
        vocab_size: config.body.vocab,
        feed_forward_proj: config.body.activation,
        dropout_rate: config.body.dropout,
        initializer_factor: config.body.initializerFactor,
        chronos_config: {
          context_length: config.contextLength,
          input_patch_size: config.patchSize,
          input_patch_stride: config.patchStride,
          output_patch_size: config.outputPatchSize,
          max_output_patches: config.maxOutputPatches,
          quantiles: config.quantiles,
          use_arcsinh: config.useArcsinh,
          use_reg_token: config.useReg,
          time_encoding_scale: config.timeScale,
        },
      };
    default:
      return tokenConfig(config);
  }
}

/** The fields of the families that speak in tokens. */
function tokenConfig({ family, body, tokenizer, sampling }: Extract<ChronosConfig, { family: 't5' | 'gpt2' }>): Json {
  const { specialCount = 2, low = -15, high = 15, pad = 0, end = 1, useEnd = true } = tokenizer;
  const model: Json =
    family === 't5'
      ? { architectures: ['T5ForConditionalGeneration'], ...t5Fields(body), eos_token_id: end }
      : {
          architectures: ['GPT2LMHeadModel'],
          model_type: 'gpt2',
          n_embd: body.width,
          n_inner: body.hidden,
          n_head: body.heads,
          n_layer: body.layers,
          n_positions: body.positions,
          vocab_size: body.vocab,
          layer_norm_epsilon: body.eps,
        };
  return {
    ...model,
    chronos_config: {
      tokenizer_class: 'MeanScaleUniformBins',
      tokenizer_kwargs: { low_limit: low, high_limit: high },
      n_tokens: tokenizer.tokenCount,
      n_special_tokens: specialCount,
      pad_token_id: pad,
      eos_token_id: end,
      use_eos_token: useEnd,
      model_type: family === 't5' ? 'seq2seq' : 'causal',
      context_length: tokenizer.contextLength,
      prediction_length: tokenizer.predictionLength,
      num_samples: sampling.samples,
      temperature: sampling.temperature,
      top_k: sampling.topK,
      top_p: sampling.topP,
    },
  };
}
