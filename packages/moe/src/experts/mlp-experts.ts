import { einsum, expandDims, gelu, multiply, relu, silu, take, type Tensor } from '@einlab/einsum-core';
import { type Activation, type CoreShape, type Cores, coreDeviation, coreNamed } from '@einlab/nn';
import type { ExpertBank } from './expert-bank.ts';

/** Elementwise functions that experts can use. */
export const activations: Readonly<Record<Activation, (x: Tensor) => Tensor>> = { gelu, relu, silu };

/**
 * Experts that are perceptrons with one hidden layer: down[expert](activation(up[expert](x))).
 *
 * @param sizes - `width` in and out, `hidden` features between
 */
export function mlpExperts(
  where: string,
  experts: number,
  { width, hidden, activation }: { readonly width: number; readonly hidden: number; readonly activation: Activation },
): ExpertBank {
  const core = (name: string, fanIn: number, fanOut: number): CoreShape => ({
    name,
    shape: [experts, fanIn, fanOut],
    fanIn,
    fanOut,
    initialDeviation: coreDeviation(fanIn, fanOut),
  });
  const own = (cores: Cores, name: string): Tensor => coreNamed(cores, name, where);
  const act = activations[activation];
  return {
    in: width,
    out: width,
    experts,
    cores: [core('up', width, hidden), core('down', hidden, width)],
    parameterCount: 2 * width * hidden,
    macs: 2 * width * hidden,
    activation: hidden,
    rank: Math.min(width, hidden),
    mix(cores, x, gates) {
      const inner = act(einsum('token in, expert in hidden -> token expert hidden', x, own(cores, 'up')));
      return einsum(
        'token expert hidden, expert hidden out -> token out',
        multiply(inner, expandDims(gates, 2)),
        own(cores, 'down'),
      );
    },
    input: width,
    output: width,
    applyBlocks(cores, x, expert) {
      const inner = act(einsum('tile row in, tile in hidden -> tile row hidden', x, take(own(cores, 'up'), expert)));
      return einsum('tile row hidden, tile hidden out -> tile row out', inner, take(own(cores, 'down'), expert));
    },
    toDense: undefined,
    toString: () => `${width} → ${hidden} → ${width}`,
  };
}
