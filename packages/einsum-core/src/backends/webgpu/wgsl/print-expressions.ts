import { isStorage } from '../../../base/dtype.ts';
import type { Expression, ExpressionOp, MathOp } from '../../../kernels/expression.ts';
import { internNodes } from '../../../kernels/expression-graph.ts';
import { powerOfConstant } from '../../../kernels/math/power-of-constant.ts';
import { narrow, widen } from '../../../kernels/math/sixteen-bit.ts';
import { printConstant, printOperation } from './print-operation.ts';
import { storageOf } from './storage.ts';

/** Where the leaves of expressions come from: each gives a WGSL expression. */
export interface Leaves {
  load(n: number): string;
  index(axis: number): string;
  reduced(n: number): string;
}

/** Statements of one block of a shader, and the names that they give to nodes. */
export interface Block {
  readonly lines: string[];
  readonly names: Map<number, string>;
}

/** A block without statements. */
export const emptyBlock = (): Block => ({ lines: [], names: new Map() });

/** Prints the roots it was made for, each distinct node of theirs once per block. */
export interface ExpressionPrinter {
  /** The name of a root's value; what it needs is appended to the block that `blockOf` chooses for each node. */
  print(root: number, blockOf: (node: Expression) => Block): string;
}

const MATH_OPS: ReadonlySet<ExpressionOp> = new Set<MathOp>([
  'exp',
  'expm1',
  'log',
  'log1p',
  'tanh',
  'sigmoid',
  'erf',
  'sin',
  'cos',
  'power',
  'reciprocalSqrt',
]);

/** The helper function that an elementary function becomes. */
export const mathFunctionName = (op: ExpressionOp): string => `math_${op}`;

/** Operations whose results a compiler may rearrange with the sum that they go into. */
const ADDITIVE: ReadonlySet<ExpressionOp> = new Set<ExpressionOp>(['add', 'subtract', 'fma']);
const SUMS: ReadonlySet<ExpressionOp> = new Set<ExpressionOp>(['add', 'subtract']);
const ARITHMETIC: ReadonlySet<ExpressionOp> = new Set<ExpressionOp>(['add', 'subtract', 'multiply', 'divide']);

/**
 * Whether a compiler must not know an input of an operation: x·0, 0/x, x − x and x/x are not 0 or 1 where x is infinite
 * or NaN, and −0 + 0 is not −0.
 */
function mustHide(node: Expression, input: Expression, isRepeated: boolean): boolean {
  if (node.type !== 'f32' || !ARITHMETIC.has(node.op)) return false;
  if (input.op === 'constant') return input.value === 0;
  return isRepeated && (node.op === 'subtract' || node.op === 'divide');
}

/**
 * A printer of expressions as `let` statements. Structurally equal nodes are one statement, also between roots.
 * Elementary functions become calls of helper functions, which `use` is told about.
 *
 * @param keepsOrder - sums of sums are rounded one by one as written, which tricks with rounding errors need.
 */
export function createExpressionPrinter(
  roots: readonly Expression[],
  leaves: Leaves,
  use: (helper: string) => void,
  keepsOrder: boolean = false,
): ExpressionPrinter {
  const graph = internNodes(roots.map(withShortForms));

  const print = (id: number, blockOf: (node: Expression) => Block): string => {
    const node = graph.nodes[id];
    const block = blockOf(node);
    const known = block.names.get(id);
    if (known !== undefined) return known;
    const inputs = graph.inputs[id];
    // An operation of constants alone would be computed when the shader is made, where overflow is an error.
    const areConstants = inputs.every((input) => graph.nodes[input].op === 'constant');
    const operands = inputs.map((input, n) => {
      const child = graph.nodes[input];
      const isLiteral = child.op === 'constant' && !areConstants;
      const operand = isLiteral ? printConstant(child, use) : print(input, blockOf);
      const isTerm = keepsOrder && node.type === 'f32' && SUMS.has(node.op) && ADDITIVE.has(child.op);
      if (!isTerm && !mustHide(node, child, inputs.indexOf(input) < n)) return operand;
      use('exact');
      return `exact(${operand})`;
    });
    const name = `v${id}`;
    block.lines.push(`let ${name}: ${storageOf(node.type).type} = ${valueOf(node, operands)};`);
    block.names.set(id, name);
    return name;
  };
  const valueOf = (node: Expression, operands: readonly string[]): string => {
    switch (node.op) {
      case 'constant':
        return printConstant(node, use);
      case 'load':
        return leaves.load(node.value);
      case 'index':
        return leaves.index(node.value);
      case 'reduced':
        return leaves.reduced(node.value);
      default:
        if (!MATH_OPS.has(node.op)) return printOperation(node, operands, use);
        use(mathFunctionName(node.op));
        return `${mathFunctionName(node.op)}(${operands.join(', ')})`;
    }
  };
  return { print: (root, blockOf) => print(graph.roots[root], blockOf) };
}

/**
 * What has a short form, or one that depends on more than its inputs, is written out: powers with simple exponents, and
 * conversions to and from 16 bits. What is shared stays shared within a root.
 */
function withShortForms(root: Expression): Expression {
  const done = new Map<Expression, Expression>();
  const rewrite = (node: Expression): Expression => {
    const known = done.get(node);
    if (known !== undefined) return known;
    const inputs = node.inputs.map(rewrite);
    const isSame = inputs.every((input, i) => input === node.inputs[i]);
    const result = shortForm(node, inputs) ?? (isSame ? node : { ...node, inputs });
    done.set(node, result);
    return result;
  };
  return rewrite(root);
}

function shortForm(node: Expression, [x, y]: readonly Expression[]): Expression | undefined {
  if (node.op === 'power' && y.op === 'constant') return powerOfConstant(x, y.value);
  // an input that was narrowed is an integer by now, so its type is asked of the node as it was
  const [original] = node.inputs;
  if (node.op === 'widen' && original.type === 'bf16') return widen(x, original.type);
  return node.op === 'narrow' && isStorage(node.type) ? narrow(x, node.type) : undefined;
}
