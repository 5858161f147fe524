import { type Graph, type Initializer, integers, modelBytes, type Node } from './model.ts';

/** What one turn of a loop computes: nodes from the named operands to `out`. */
export interface LoopBody {
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
  /** The shape of the result, f32. */
  readonly result: readonly number[];
}

/** The name under which a body leaves its result. */
export const bodyResult = 'body.result';

/**
 * A model that does the same work `repeats` times in one run and gives the last result.
 *
 * The engine copies a run's inputs into its heap and the results out of it. The repetition stands inside the model, in
 * a Loop, so that this copying can be shared out over many turns; the body does not depend on the turn, and the engine
 * does not lift it out of the loop.
 *
 * @param inputs - what a run is fed
 * @returns a model with these inputs and the output `result`
 */
export function loopModel(body: LoopBody, inputs: Graph['inputs'], repeats: number): Uint8Array {
  const result = { type: 'float', shape: body.result } as const;
  const graph: Graph = {
    nodes: [{ op: 'Identity', inputs: ['body.go'], outputs: ['body.goOn'] }, ...body.nodes],
    inputs: [
      { name: 'body.turn', type: 'int64', shape: [] },
      { name: 'body.go', type: 'bool', shape: [] },
      { name: 'body.previous', ...result },
    ],
    outputs: [
      { name: 'body.goOn', type: 'bool', shape: [] },
      { name: bodyResult, ...result },
    ],
  };
  return modelBytes({
    nodes: [
      { op: 'ConstantOfShape', inputs: ['resultShape'], outputs: ['zeros'] },
      { op: 'Loop', inputs: ['repeats', 'go', 'zeros'], outputs: ['result'], attributes: { body: graph } },
    ],
    inputs,
    outputs: [{ name: 'result', ...result }],
    initializers: [
      integers('resultShape', result.shape),
      integers('repeats', repeats),
      { name: 'go', type: 'bool', shape: [], bytes: Uint8Array.of(1) },
      ...body.initializers,
    ],
  });
}
