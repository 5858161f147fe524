import { contractPair } from '../operations/einsum.ts';
import { subtract } from '../operations/elementwise.ts';
import { apply } from '../tensor/apply.ts';
import { iota } from '../tensor/create.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';

type Window = PrimitiveParameters['window'];

/**
 * The transpose of `window`: windows added back to where they were seen along an axis of `extent` elements. Where the windows
 * are the product of a tensor of positions and a tensor of kernels, as in the derivative of a convolution, they are never
 * written: with steps of 1 the result is itself a convolution,
 *
 *   Σ_{p + k·dilation = n} c[p]·w[k] = Σ_k c[n − k·dilation]·w[k],
 *
 * the kernel reversed over windows of c with a border of zeros.
 */
export function transposedWindow(windows: Tensor, { axis, size, stride, dilation }: Window, extent: number): Tensor {
  const product = stride === 1 ? productOf(windows, axis) : undefined;
  // far fewer positions than elements: the border would be most of the work
  if (product === undefined || extent > 2 * windows.shape[axis]) {
    return apply('windowSum', [windows], { axis, extent, stride, dilation });
  }
  const { positions, kernels, output } = product;
  const border = (size - 1) * dilation;
  const along = positions.axes.indexOf(output[axis]);
  const bordered = padded(positions.tensor, along, border, extent - windows.shape[axis]);
  const seen = apply('window', [bordered], { axis: along, size, stride: 1, dilation });
  const element = output[output.length - 1];
  const reversed = apply('gather', [kernels.tensor, subtract(size - 1, iota([size], 0))], {
    axis: kernels.axes.indexOf(element),
  });
  return contractPair(
    { tensor: seen, axes: [...positions.axes, element] },
    { tensor: reversed, axes: kernels.axes },
    output.slice(0, -1),
  ).tensor;
}

interface Operand {
  readonly tensor: Tensor;
  readonly axes: readonly number[];
}

/** The operands of an einsum one of which alone has the positions, along `axis`, and the other alone the elements of windows, last. */
function productOf(
  { origin, rank }: Tensor,
  axis: number,
): { positions: Operand; kernels: Operand; output: readonly number[] } | undefined {
  if (origin.kind !== 'operation' || origin.name !== 'einsum' || origin.inputs.length !== 2) return undefined;
  const { operands, output } = origin.parameters as PrimitiveParameters['einsum'];
  const isOnlyIn = (label: number, side: number): boolean =>
    operands[side].includes(label) && !operands[1 - side].includes(label);
  const side = [0, 1].find((one) => isOnlyIn(output[axis], one) && isOnlyIn(output[rank - 1], 1 - one));
  if (side === undefined) return undefined;
  const operand = (at: number): Operand => ({ tensor: origin.inputs[at], axes: operands[at] });
  return { positions: operand(side), kernels: operand(1 - side), output };
}

/** Zeros in front of and behind one axis: put below windows along other axes, so that these stay views, and with other zeros. */
function padded(x: Tensor, axis: number, before: number, after: number): Tensor {
  const { origin } = x;
  if (origin.kind === 'operation' && origin.name === 'window' && axis < x.rank - 1) {
    const parameters = origin.parameters as Window;
    if (parameters.axis !== axis) return apply('window', [padded(origin.inputs[0], axis, before, after)], parameters);
  }
  const isPadded = origin.kind === 'operation' && origin.name === 'pad';
  const known = isPadded ? (origin.parameters as PrimitiveParameters['pad']) : undefined;
  const inner = isPadded && known?.value === 0 ? origin.inputs[0] : x;
  const sides = (amount: number, already: readonly number[] | undefined): number[] =>
    x.shape.map((_, i) => (i === axis ? amount : 0) + (inner === x ? 0 : (already?.[i] ?? 0)));
  return apply('pad', [inner], { before: sides(before, known?.before), after: sides(after, known?.after), value: 0 });
}
