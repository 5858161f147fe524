import { roundTo } from '../../base/dtype.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['constant'];

/** A scalar that is part of the program. */
export const constant: Definition<Parameters> = {
  reference: (_inputs, { value, dtype }) => Float64Array.of(dtype === 'f32' ? value : roundTo(dtype, value)),
  examples: [
    { inputs: [], parameters: { value: 1.5, dtype: 'f32' } },
    { inputs: [], parameters: { value: -3, dtype: 'i32' } },
    { inputs: [], parameters: { value: 2 ** 32 - 1, dtype: 'u32' } },
  ],
};
