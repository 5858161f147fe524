import { isFloat } from '../base/dtype.ts';
import { dtypeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { mapTree } from '../base/tree.ts';
import { identity } from '../operations/elementwise.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';

/** Leaves of an argument that derivatives are taken in, each behind a fresh handle. */
export interface Independent<Argument> {
  /** The argument with its floating leaves replaced by the handles. */
  readonly argument: Argument;
  /** The handles, in tree order; other leaves (integers, functions, numbers) have none. */
  readonly handles: readonly Tensor[];
}

/**
 * The same argument with a new identity node in front of each floating leaf (f32, f16 or bf16). A derivative follows only paths from these
 * nodes, so nested derivatives never confuse one another's variables.
 */
export function independent<Argument>(argument: Argument): Independent<Argument> {
  const handles: Tensor[] = [];
  const replaced = mapTree<Argument>(argument, (leaf) => {
    if (!isTensor(leaf) || !isFloat(leaf.dtype)) return leaf;
    const handle = identity(leaf);
    handles.push(handle);
    return handle;
  });
  return { argument: replaced, handles };
}

/** The single f32 scalar that a gradient needs, or an error that says what the function gave. */
export function scalarOutput(output: unknown, operation: string): Tensor {
  if (!isTensor(output)) {
    const kind = output === null ? 'null' : Array.isArray(output) ? 'an array' : typeof output;
    throw dtypeError(
      `${operation}: the function returned ${kind}; expected one scalar tensor (use { auxiliary: true } to return more)`,
      {},
    );
  }
  if (output.dtype !== 'f32' || output.size !== 1 || output.rank !== 0) {
    throw dtypeError(
      `${operation}: the function returned ${output.dtype}${formatShape(output.shape)}; expected f32[], a scalar: reduce it with sum or mean`,
      {
        dtype: output.dtype,
        shape: output.shape,
      },
    );
  }
  return output;
}
