import type { RoutingMeasure } from '@einlab/moe';
import type { RunSpec } from './spec.ts';

/** What a model costs per token (or per example), by where it is spent. Exact, multiply-accumulates of a forward pass. */
export interface ModelCost {
  readonly parameters: number;
  /** Without embeddings and head: what the structures make up, and the small parts around them. */
  readonly bodyParameters: number;
  /** Those that one token uses: fewer in a mixture of experts. */
  readonly activeParameters: number;
  /** Of the linear layers without the head: what is held equal. */
  readonly macs: number;
  readonly headMacs: number;
  /** Of attention between positions. */
  readonly attentionMacs: number;
  /** All of the above. */
  readonly totalMacs: number;
}

/** A score during training. */
export interface Evaluation {
  readonly step: number;
  /** Time spent training so far, scoring not included. */
  readonly seconds: number;
  /** Nats per character, or mean squared error. */
  readonly loss: number;
}

/** How a model's mixtures of experts route held-out tokens. */
export interface RoutingRecord {
  readonly step: number;
  /** One for each mixture, in the order in which they are applied. */
  readonly layers: readonly RoutingMeasure[];
}

/** What a finished run has to show. */
export interface RunResult {
  readonly key: string;
  readonly spec: RunSpec;
  readonly cost: ModelCost;
  /** Mean of `unitLosses`. */
  readonly loss: number;
  /** Of the mean over held-out units. */
  readonly standardError: number;
  /** Loss of each held-out unit: a window of text, or a group of test points. The same units for every run. */
  readonly unitLosses: readonly number[];
  readonly evaluations: readonly Evaluation[];
  /** At the steps of the evaluations; only of models with mixtures of experts. */
  readonly routing?: readonly RoutingRecord[];
  /** Time spent training, scoring not included. */
  readonly seconds: number;
  /** Tokens (or examples) trained on per second. */
  readonly tokensPerSecond: number;
}
