import type { Expression } from '../../../kernels/expression.ts';
import type { LoopKernel, Store } from '../../../kernels/kernel.ts';
import { addressOf, coordinateLines } from '../wgsl/addresses.ts';
import { createExpressionPrinter, emptyBlock } from '../wgsl/print-expressions.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';
import { elementAt, storeElement } from '../wgsl/storage.ts';

const WORKGROUP_SIZE = 64;

const coordinate = (axis: number): string => `i${axis}`;

/** A loop kernel without folds and sums: one invocation for each element. */
export function elementwiseShader(kernel: LoopKernel, bindings: Bindings): Shader {
  const elements = kernel.axes.reduce((product, size) => product * size, 1);
  const helpers = new Set<string>();
  const body = [
    `let element = group * ${WORKGROUP_SIZE}u + local;`,
    `if (element >= ${elements}u) { return; }`,
    ...coordinateLines('element', kernel.axes, coordinate),
    ...elementLines(kernel, { names: bindings.names, use: (helper) => helpers.add(helper) }),
  ];
  const workgroups = Math.ceil(elements / WORKGROUP_SIZE);
  return writeShader({ bindings, workgroupSize: WORKGROUP_SIZE, workgroups, helpers, body });
}

/** Where an element's values come from, besides buffers. */
interface ElementContext extends StoreContext {
  /** What stands for reduced values; none where there are none. */
  readonly reduced?: string;
}

/** The statements that compute and store what a kernel without folds and sums does at the coordinates `i0`, `i1`, … */
export function elementLines(kernel: LoopKernel, { names, use, reduced }: ElementContext): string[] {
  const block = emptyBlock();
  const printer = createExpressionPrinter(
    kernel.stores.map(({ value }): Expression => value),
    {
      load: (n) => loadText(kernel, n, names, use),
      index: (axis) => `bitcast<i32>(${coordinate(axis)})`,
      reduced: () => {
        if (reduced === undefined) throw new RangeError('loops: an elementwise kernel has no folds');
        return reduced;
      },
    },
    use,
  );
  kernel.stores.forEach((store, n) => {
    const value = printer.print(n, () => block);
    block.lines.push(storeText(kernel, store, value, { names, use }));
  });
  return block.lines;
}

/** The element that a kernel's n-th load reads at the coordinates `i0`, `i1`, … */
export function loadText(
  { loads }: LoopKernel,
  n: number,
  names: readonly string[],
  use: (helper: string) => void,
): string {
  const access = loads[n];
  return elementAt(names[access.buffer], addressOf(access, coordinate), access.dtype, use);
}

/** Where stores are written to. */
interface StoreContext {
  /** The variable of each buffer. */
  readonly names: readonly string[];
  readonly use: (helper: string) => void;
}

/** The statement that stores a value at the coordinates `i0`, `i1`, …; along axes on which the store stands still, once. */
export function storeText({ axes }: LoopKernel, store: Store, value: string, { names, use }: StoreContext): string {
  const assignment = storeElement([names[store.buffer], addressOf(store, coordinate)], value, store.dtype, use);
  const still = axes.flatMap((size, axis) =>
    size > 1 && store.strides[axis] === 0 ? [`${coordinate(axis)} == 0u`] : [],
  );
  return still.length === 0 ? assignment : `if (${still.join(' && ')}) { ${assignment} }`;
}
