import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';
import type { DerivativeRule } from '../custom-rule.ts';

type Parameters = PrimitiveParameters['customRule'];

const throughFirst: DerivativeRule = {
  vjp: (_call, cotangent) => [cotangent],
  jvp: (_call, [tangent]) => tangent,
  batch: () => throughFirst,
};

/** The values of the first input; only derivatives see the others and the rule, so programs leave it out. */
export const customRule: Definition<Parameters> = {
  reference: ([{ values }]) => values.slice(),
  examples: [
    {
      inputs: [{ shape: [2, 3], dtype: 'f32' }],
      parameters: {
        rule: throughFirst,
      },
    },
  ],
};
