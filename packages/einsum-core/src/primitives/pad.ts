import { isStorage, roundTo } from '../base/dtype.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape, sizeOf, stridesOf } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { inFront } from './batching.ts';

type Parameters = PrimitiveParameters['pad'];

/** A border of `value`: before[a] elements in front of axis a and after[a] behind it. */
export const pad: Primitive<Parameters> = {
  name: 'pad',
  shapeRule([input], { before, after }) {
    const bad = input.shape.findIndex((_, axis) => !(before[axis] >= 0) || !(after[axis] >= 0));
    if (before.length !== input.shape.length || after.length !== input.shape.length || bad >= 0) {
      throw shapeError(
        `pad: before [${before.join(', ')}] and after [${after.join(', ')}] for shape ${formatShape(input.shape)}; expected one number ≥ 0 per axis`,
        { before, after, shape: input.shape },
      );
    }
    return { shape: input.shape.map((extent, axis) => before[axis] + extent + after[axis]), dtype: input.dtype };
  },
  vjp: ({ inputs: [x], parameters: { before } }, cotangent) => [
    apply('slice', [cotangent], { starts: before, sizes: x.shape, steps: before.map(() => 1) }),
  ],
  jvp: ({ parameters }, [tangent]) => (tangent === null ? null : apply('pad', [tangent], { ...parameters, value: 0 })),
  batch: inFront('pad', ({ before, after, value }) => ({ before: [0, ...before], after: [0, ...after], value })),
  reference([input], { before, value }, output) {
    const outputStrides = stridesOf(output.shape);
    const inputStrides = stridesOf(input.shape);
    const border = isStorage(output.dtype) ? roundTo(output.dtype, value) : value;
    return Float64Array.from({ length: sizeOf(output.shape) }, (_, at) => {
      let from = 0;
      for (let axis = 0; axis < before.length; axis++) {
        const i = (Math.floor(at / outputStrides[axis]) % output.shape[axis]) - before[axis];
        if (i < 0 || i >= input.shape[axis]) return border;
        from += i * inputStrides[axis];
      }
      return input.values[from];
    });
  },
  lowering: { kind: 'boxes', boxes: (_inputs, { before, value }) => ({ background: value, starts: [before] }) },
  moves: () => true,
  examples: [
    { inputs: [{ shape: [2, 3], dtype: 'f32' }], parameters: { before: [1, 0], after: [0, 2], value: 0 } },
    { inputs: [{ shape: [2], dtype: 'f32' }], parameters: { before: [0], after: [3], value: -1.5 } },
    { inputs: [{ shape: [0], dtype: 'f32' }], parameters: { before: [1], after: [1], value: 2 } },
  ],
};
