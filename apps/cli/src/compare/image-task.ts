import {
  argMax,
  cos,
  einsum,
  evaluate,
  exp,
  linspace,
  mapTree,
  notEqual,
  random,
  square,
  type Tensor,
  take,
} from '@einlab/einsum-core';
import { crossEntropy, linear, type RateTree, type ResidualMlp, residualMlp, type Structure } from '@einlab/nn';
import { preparePerceptron } from './perceptron-run.ts';
import type { ImageSpec } from './spec.ts';
import { structureOf } from './structures.ts';
import type { PreparedRun } from './task.ts';

/** Images of this many pixels on a side, in three colors. */
const side = 16;
const pixels = side * side * 3;
const classes = 20;

/** Waves that a class is made of, and how strong the noise beside them is. */
const waves = 4;
const noise = 1.2;

/** The share of the learning rate that the first layer has, as in the paper. */
const inputShare = 0.1;

/** Images with their pixels in a fixed random order, and their classes: `f32[batch, in]`, `i32[batch]`. */
export interface ImageBatch {
  readonly x: Tensor;
  readonly label: Tensor;
}

/** The sizes that a student is made of. */
export type ImageSizes = Pick<ImageSpec, 'width' | 'layers'>;

/** The student: a residual perceptron in which all maps but the last are structured. */
export function createImageStudent(structure: Structure, { width, layers }: ImageSizes, key: Tensor): ResidualMlp {
  const [bodyKey, inputKey] = random.split(key, 2) as [Tensor, Tensor];
  const body = residualMlp.init(bodyKey, { in: pixels, out: classes, width, depth: layers, structure });
  return { ...body, input: linear.init(inputKey, { in: pixels, out: width, structure, bias: true, fixedInput: true }) };
}

/**
 * An endless stream of images: each class is a sum of four colored, localized waves, shifted by up to three pixels, scaled, under noise. The order of
 * the pixels is shuffled once and for all, so that nothing is to be had from their neighborhood.
 *
 * A stand-in for the shuffled photographs of Qiu et al. 2024: fresh images at every step take the place of augmentation.
 */
export async function createImages(seed: number): Promise<(key: Tensor, count: number) => ImageBatch> {
  const [waveKey, colorKey, orderKey] = random.split(random.key(seed), 3) as [Tensor, Tensor, Tensor];
  const shape = [classes, waves] as const;
  const draw = (index: number): Tensor => random.uniform(random.foldIn(waveKey, index), shape);
  const shared = await evaluate({
    row: draw(0).multiply(0.6).add(0.2),
    column: draw(1).multiply(0.6).add(0.2),
    spread: draw(2).multiply(0.12).add(0.08),
    angle: draw(3).multiply(2 * Math.PI),
    frequency: draw(4).multiply(25).add(5),
    phase: draw(5).multiply(2 * Math.PI),
    color: random.normal(colorKey, [classes, waves, 3]),
    order: random.permutation(orderKey, pixels),
  });
  const axis = linspace(0, 1, side);
  return (key, count) => {
    const [labelKey, shiftKey, scaleKey, noiseKey] = random.split(key, 4) as [Tensor, Tensor, Tensor, Tensor];
    const label = random.uniform(labelKey, [count]).multiply(classes).floor().cast('i32');
    const of = (values: Tensor): Tensor => take(values, label);
    const shift = random
      .uniform(shiftKey, [2, count, 1, 1, 1])
      .subtract(0.5)
      .multiply(6 / side);
    const center = (values: Tensor, direction: number): Tensor =>
      of(values)
        .reshape([count, waves, 1, 1])
        .add(shift.slice([direction, 0, 0, 0, 0], [direction + 1, count, 1, 1, 1]).reshape([count, 1, 1, 1]));
    const down = axis.reshape([1, 1, side, 1]).subtract(center(shared.row, 0));
    const across = axis.reshape([1, 1, 1, side]).subtract(center(shared.column, 1));
    const wide = (values: Tensor): Tensor => of(values).reshape([count, waves, 1, 1]);
    const envelope = exp(
      square(down)
        .add(square(across))
        .divide(square(wide(shared.spread)).multiply(-2)),
    );
    const along = down.multiply(wide(shared.angle).sin()).add(across.multiply(cos(wide(shared.angle))));
    const wave = envelope.multiply(cos(along.multiply(wide(shared.frequency)).add(wide(shared.phase))));
    const image = einsum('batch wave row column, batch wave color -> batch row column color', wave, of(shared.color));
    const scale = random.uniform(scaleKey, [count, 1]).add(0.5).multiply(2);
    const clean = image.reshape([count, pixels]).multiply(scale);
    const x = clean.add(random.normal(noiseKey, [count, pixels]).multiply(noise));
    return { x: take(x, shared.order, 1), label };
  };
}

/** An image run made ready: fresh images at every step, scored by the share of mistakes on others. */
export async function prepareImages(spec: ImageSpec): Promise<PreparedRun<ResidualMlp, ImageBatch>> {
  return preparePerceptron<ImageBatch>(spec, {
    model: createImageStudent(structureOf(spec.structure), spec, random.foldIn(random.key(spec.seed), 0)),
    taskSeed: spec.imageSeed,
    draw: await createImages(spec.imageSeed),
    heldOut: { examples: 4096, batch: 512 },
    loss: (output, { label }) => crossEntropy(output, label),
    score: (output, { label }) => notEqual(argMax(output, -1), label).cast('f32'),
    rates: (multipliers) =>
      mapTree<RateTree>(multipliers, (rate, path) =>
        typeof rate === 'number' && path.startsWith('input.') ? rate * inputShare : rate,
      ),
  });
}
