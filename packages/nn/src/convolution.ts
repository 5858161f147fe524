import { EinlabError, einsum, multiply, pad, random, type Tensor, window, zeros } from '@einlab/einsum-core';
import { coreDeviation } from './cores.ts';

/** Borders of one axis: as many elements on both sides, or `[before, after]`. */
export type AxisPadding = number | readonly [before: number, after: number];

/**
 * What surrounds the input with zeros: nothing (`valid`); as much as makes ⌈size/stride⌉ positions, the odd element behind (`same`); as
 * much in front as a kernel spans, so that no position sees what comes after it (`causal`); or numbers, one for all axes or one for each.
 */
export type Padding = 'valid' | 'same' | 'causal' | number | readonly AxisPadding[];

/** A convolution over any number of axes. */
export interface Convolution {
  /** `f32[out, in / groups, ...size]` */
  readonly kernel: Tensor;
  /** `f32[out]` */
  readonly bias?: Tensor;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: Padding;
  readonly groups: number;
}

/** How a convolution is made. */
export interface ConvolutionOptions {
  /** Channels. */
  readonly in: number;
  readonly out: number;
  /** Of the kernel, one number for each axis that it slides along: `[5]`, `[3, 3]`, … */
  readonly size: readonly number[];
  /** Steps between positions; default 1. */
  readonly stride?: number | readonly number[];
  /** Default `valid`. */
  readonly padding?: Padding;
  /** Steps between the elements that a kernel sees; default 1. */
  readonly dilation?: number | readonly number[];
  /** The channels are divided into this many, each with kernels of its own; default 1, and `in` for one kernel per channel. */
  readonly groups?: number;
  /** Adds a bias that starts at 0; default false. */
  readonly bias?: boolean;
  /** The kernel starts at 0, as the end of a residual branch should; default false. */
  readonly zero?: boolean;
}

function init(key: Tensor, options: ConvolutionOptions): Convolution {
  const { size, groups = 1, bias = false, zero = false, padding = 'valid' } = options;
  assertCounts('size', size);
  for (const [name, count] of Object.entries({ in: options.in, out: options.out, groups })) assertCounts(name, [count]);
  if (options.in % groups !== 0 || options.out % groups !== 0) {
    throw failure(`${groups} groups do not divide in=${options.in} and out=${options.out} channels`, {
      groups,
      in: options.in,
      out: options.out,
    });
  }
  const shape = [options.out, options.in / groups, ...size];
  const fanIn = shape.slice(1).reduce((total, extent) => total * extent, 1);
  const layer = {
    kernel: zero ? zeros(shape) : multiply(random.normal(key, shape), coreDeviation(fanIn, options.out / groups)),
    ...(bias ? { bias: zeros([options.out]) } : {}),
    strides: perAxis('stride', options.stride ?? 1, size),
    dilations: perAxis('dilation', options.dilation ?? 1, size),
    padding,
    groups,
  };
  size.forEach((_, axis) => {
    borders(layer, axis, 1);
  });
  return layer;
}

function apply(layer: Convolution, x: Tensor): Tensor {
  const { kernel, bias, strides, dilations, groups } = layer;
  const [out = 0, inGroup = 0, ...sizes] = kernel.shape;
  const channelAxis = x.rank - sizes.length - 1;
  const channels = inGroup * groups;
  if (channelAxis < 0 || x.shape[channelAxis] !== channels) {
    throw new EinlabError(
      'shape',
      `convolution: x is f32[${x.shape.join(', ')}]; expected f32[...batch, in=${channels}${sizes.map((_, axis) => `, axis${axis}`).join('')}] for a kernel of size [${sizes.join(', ')}]`,
      { x: x.shape, in: channels, size: sizes },
    );
  }
  const batch = x.shape.slice(0, channelAxis);
  const padded = withBorders(layer, x, sizes);
  // Groups are split in front of the windows, which then stay views.
  const grouped =
    groups === 1 ? padded : padded.reshape([...batch, groups, inGroup, ...padded.shape.slice(channelAxis + 1)]);
  const axes = sizes.map((_, axis) => axis - sizes.length);
  const seen = window(grouped, { axes, sizes, strides, dilations });
  const kernels = groups === 1 ? kernel : kernel.reshape([groups, out / groups, inGroup, ...sizes]);
  const result = einsum(patternOf(sizes.length, groups > 1), seen, kernels);
  const positions = result.shape.slice(-sizes.length);
  const joined = groups === 1 ? result : result.reshape([...batch, out, ...positions]);
  return bias === undefined ? joined : joined.add(bias.reshape([out, ...positions.map(() => 1)]));
}

/** `... group in p0 p1 k0 k1, group out in k0 k1 -> ... group out p0 p1`, the groups where there are any. */
function patternOf(rank: number, isGrouped: boolean): string {
  const names = (letter: string): string => Array.from({ length: rank }, (_, axis) => `${letter}${axis}`).join(' ');
  const group = isGrouped ? 'group ' : '';
  return `... ${group}in ${names('p')} ${names('k')}, ${group}out in ${names('k')} -> ... ${group}out ${names('p')}`;
}

/** The input inside its border of zeros. */
function withBorders(layer: Convolution, x: Tensor, sizes: readonly number[]): Tensor {
  const first = x.rank - sizes.length;
  const [before, after] = [x.shape.map(() => 0), x.shape.map(() => 0)];
  sizes.forEach((size, axis) => {
    const extent = x.shape[first + axis] ?? 0;
    const [front, back] = borders(layer, axis, extent);
    const span = spanOf(layer, axis, size);
    if (extent + front + back < span) {
      throw new EinlabError(
        'shape',
        `convolution: a kernel of size ${size} with dilation ${layer.dilations[axis]} spans ${span}, but axis ${first + axis} of f32[${x.shape.join(', ')}] has ${extent} elements and a border of ${front} + ${back}`,
        { x: x.shape, size, border: [front, back] },
      );
    }
    before[first + axis] = front;
    after[first + axis] = back;
  });
  return [...before, ...after].every((border) => border === 0) ? x : pad(x, before, after);
}

/** Elements from the first to the last that a kernel sees along an axis. */
const spanOf = ({ dilations }: Convolution, axis: number, size: number): number =>
  (size - 1) * (dilations[axis] ?? 1) + 1;

/** Zeros in front of and behind an axis of `extent` elements. */
function borders(layer: Convolution, axis: number, extent: number): readonly [front: number, back: number] {
  const { padding, kernel, strides } = layer;
  const span = spanOf(layer, axis, kernel.shape[axis + 2] ?? 1);
  if (padding === 'valid') return [0, 0];
  if (padding === 'causal') return [span - 1, 0];
  if (padding === 'same') {
    const stride = strides[axis] ?? 1;
    const total = Math.max(0, (Math.ceil(extent / stride) - 1) * stride + span - extent);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  const own = typeof padding === 'object' ? padding[axis] : padding;
  const [front, back] = typeof own === 'object' ? own : [own, own];
  const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;
  if (isCount(front) && isCount(back) && (typeof padding !== 'object' || padding.length === strides.length))
    return [front, back];
  throw failure(
    `padding is ${JSON.stringify(padding)}; expected 'valid', 'same', 'causal', a whole number ≥ 0, or for each of ${strides.length} axes a number or [before, after]`,
    { padding },
  );
}

/** One number for each axis, from one for all or from a list. */
function perAxis(name: string, value: number | readonly number[], size: readonly number[]): readonly number[] {
  const list = typeof value === 'number' ? size.map(() => value) : value;
  assertCounts(name, list);
  if (list.length === size.length) return list;
  throw failure(
    `${name} is [${list.join(', ')}] for a kernel of size [${size.join(', ')}]; expected a number for each axis`,
    {
      [name]: value,
    },
  );
}

function assertCounts(name: string, values: readonly number[]): void {
  if (values.length > 0 && values.every((value) => Number.isInteger(value) && value >= 1)) return;
  throw failure(
    `${name} is ${values.length === 1 ? values[0] : `[${values.join(', ')}]`}; expected whole numbers ≥ 1`,
    {
      [name]: values,
    },
  );
}

const failure = (message: string, details: Readonly<Record<string, unknown>>): EinlabError =>
  new EinlabError('option', `convolution: ${message}`, details);

/**
 * A convolution (cross-correlation, as usual for layers) over any number of axes:
 *
 *   y[...batch, out, ...p] = bias[out] + Σ_in Σ_k x[...batch, in, ...(p·stride + k·dilation − border)] · kernel[out, in, ...k]
 *
 * with x = 0 beyond its edges; with groups, `in` runs over the channels of the group of `out` alone. It is an einsum over windows, so no patch is
 * copied: only the border is written, where there is one.
 *
 * `init(key, options)` draws the kernel; `apply(layer, x)` takes `f32[...batch, in, ...space]` to `f32[...batch, out, ...positions]`, along
 * each axis ⌊(extent + border − span)/stride⌋ + 1 positions with span = (size − 1)·dilation + 1, and throws a `shape` error
 * when the channels do not fit or the kernel is longer than an axis.
 *
 * @example `convolution.apply(convolution.init(random.key(1), { in: 3, out: 8, size: [3, 3], padding: 'same' }), images)`
 */
export const convolution: {
  readonly init: (key: Tensor, options: ConvolutionOptions) => Convolution;
  readonly apply: (layer: Convolution, x: Tensor) => Tensor;
} = { init, apply };
