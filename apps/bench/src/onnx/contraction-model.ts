import { type MatrixOperand, matrixForm } from '../work/matrix-form.ts';
import { operandShapes, outShape, type Work } from '../work/work.ts';
import { bodyResult, loopModel } from './loop-model.ts';
import { floats, type Initializer, integers, type Node } from './model.ts';

/** How a model does a contraction. */
export interface ContractionModelOptions {
  /** With the operator Einsum, or with MatMul and what its layout asks for. */
  readonly operator: 'Einsum' | 'MatMul';
  /** Operands after the first that the model carries as constants, which lets the engine prepare them once. */
  readonly constants?: readonly Float32Array[];
  /** How often the contraction is done in one run. */
  readonly repeats: number;
}

interface Steps {
  readonly nodes: Node[];
  readonly initializers: Initializer[];
}

/** Transposes, reshapes and matrix products that lead from the named operands to `out`. */
function matMulSteps(work: Work, out: string): Steps {
  const nodes: Node[] = [];
  const initializers: Initializer[] = [];
  const transpose = (from: string, to: string, permutation: readonly number[]): string => {
    nodes.push({ op: 'Transpose', inputs: [from], outputs: [to], attributes: { perm: permutation } });
    return to;
  };
  const reshape = (from: string, to: string, shape: readonly number[]): string => {
    initializers.push(integers(`${to}.shape`, shape));
    nodes.push({ op: 'Reshape', inputs: [from, `${to}.shape`], outputs: [to] });
    return to;
  };
  const arrange = (name: string, tag: string, operand: MatrixOperand): string => {
    const ordered = operand.inOrder ? name : transpose(name, `${tag}.ordered`, operand.permutation);
    const fused = operand.matrixShape.length !== operand.permutation.length;
    return fused ? reshape(ordered, `${tag}.matrix`, operand.matrixShape) : ordered;
  };
  let left = 'operand1';
  work.steps.forEach((step, i) => {
    const form = matrixForm(step, work.sizes);
    const result = i === work.steps.length - 1 ? out : `result${i + 1}`;
    const inputs = [arrange(left, `left${i + 1}`, form.left), arrange(`operand${i + 2}`, `right${i + 1}`, form.right)];
    nodes.push({ op: 'MatMul', inputs, outputs: [`product${i + 1}`] });
    const shaped = reshape(`product${i + 1}`, `shaped${i + 1}`, form.productShape);
    const outPermutation = form.outPermutation;
    if (form.outInOrder) nodes.push({ op: 'Identity', inputs: [shaped], outputs: [result] });
    else transpose(shaped, result, outPermutation);
    left = result;
  });
  return { nodes, initializers };
}

function einsumSteps(work: Work, out: string): Steps {
  const inputs = operandShapes(work).map((_, i) => `operand${i + 1}`);
  return {
    nodes: [{ op: 'Einsum', inputs, outputs: [out], attributes: { equation: work.pattern } }],
    initializers: [],
  };
}

/** A model that does a contraction `repeats` times in one run: inputs `operand1`, … without the constants, output `result`. */
export function contractionModel(work: Work, options: ContractionModelOptions): Uint8Array {
  const shapes = operandShapes(work);
  const { nodes, initializers } =
    options.operator === 'Einsum' ? einsumSteps(work, bodyResult) : matMulSteps(work, bodyResult);
  const constants = (options.constants ?? []).map((values, i) =>
    floats(`operand${i + 2}`, shapes[i + 1] ?? [], values),
  );
  const fed = shapes.slice(0, shapes.length - constants.length);
  return loopModel(
    { nodes, initializers: [...initializers, ...constants], result: outShape(work) },
    fed.map((shape, i) => ({ name: `operand${i + 1}`, type: 'float', shape })),
    options.repeats,
  );
}
