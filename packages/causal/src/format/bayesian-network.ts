import type { Graph } from '../graph/graph.ts';

/** The probabilities of one variable given its parents. */
export interface ConditionalTable {
  readonly variable: string;
  readonly states: readonly string[];
  /** Names of the parents, in the order in which `probabilities` runs over their states, the last one fastest. */
  readonly parents: readonly string[];
  /** `f64[...parents, state]`; every row sums to 1. */
  readonly probabilities: Float64Array;
}

/** A discrete Bayesian network: its DAG and a table for each node, in the order of the nodes. */
export interface BayesianNetwork {
  readonly name: string;
  readonly graph: Graph;
  readonly tables: readonly ConditionalTable[];
}
