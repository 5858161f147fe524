import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['reshape'];

/** The same elements in row-major order under another shape of equal size. */
export const reshape: Definition<Parameters> = {
  reference: ([input]) => input.values.slice(),
  examples: [
    { inputs: [{ shape: [2, 6], dtype: 'f32' }], parameters: { shape: [3, 4] } },
    { inputs: [{ shape: [1, 4, 1], dtype: 'i32' }], parameters: { shape: [2, 2] } },
    { inputs: [{ shape: [0, 3], dtype: 'f32' }], parameters: { shape: [3, 0, 2] } },
  ],
};
