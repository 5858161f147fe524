import { EinlabError, einsum, pad, reshape, type Shape, slice, type Tensor, treeLeaf } from '@einlab/einsum-core';
import {
  assertFeatures,
  type CoreShape,
  type Cores,
  coreNamed,
  coreRates,
  initializeCores,
  normalizeCores,
  type Structure,
  type StructuredMap,
} from '@einlab/nn';
import type { ChainShape } from './chain-shape.ts';
import { product } from './product.ts';

/** One step of a factored map: the running state, seen under `input`, is contracted with one core. */
export interface Stage {
  readonly core: CoreShape;
  /** `batch γ α, γ α ρ φ -> batch γ ρ φ` */
  readonly pattern: string;
  /** Sizes of the state's axes before the step, without `batch`. */
  readonly input: Shape;
  /** Sizes of the state's axes after the step, without `batch`. */
  readonly output: Shape;
}

/** A structured map that is a chain of einsums with one core each; what was chosen for its sizes is visible. */
export interface FactoredMap extends StructuredMap {
  /** Axes that the input is seen under, slowest first. Their product is `in`, or more where the input is padded with zeros. */
  readonly inputDigits: Shape;
  /** Axes of the output, slowest first. Their product is `out`, or more where outputs at the end are left out. */
  readonly outputDigits: Shape;
  readonly stages: readonly Stage[];
  /** The digits and bonds, where the map is a chain: low-rank, Kronecker, tensor train, block tensor train. */
  readonly chain?: ChainShape;
}

/** A structure whose maps are chains of einsums. */
export interface FactoredStructure extends Structure {
  realize(inSize: number, outSize: number): FactoredMap;
}

/** What tells one factored map from another. */
export interface FactoredPlan {
  readonly structure: Structure;
  readonly in: number;
  readonly out: number;
  readonly inputDigits: Shape;
  readonly outputDigits: Shape;
  readonly stages: readonly Stage[];
  /** The definition: the dense equivalent `f32[Π inputDigits, Π outputDigits]` of cores looked up by name. */
  readonly toDense: (core: (name: string) => Tensor) => Tensor;
  /** Computed when first asked for. */
  readonly rank: () => number;
  /** The digits and bonds, where the map is a chain. */
  readonly chain?: ChainShape;
}

/** A family of maps as a value; `text` is how it was written. */
export function factoredStructure(
  name: string,
  text: string,
  plan: (inSize: number, outSize: number, structure: FactoredStructure) => FactoredPlan,
): FactoredStructure {
  const structure: FactoredStructure = {
    [treeLeaf]: true,
    name,
    toString: () => text,
    realize(inSize, outSize) {
      assertFeatures(text, inSize, outSize);
      return factoredMap(plan(inSize, outSize, structure));
    },
  };
  return structure;
}

/**
 * Runs the stages on `x`, padded with zeros to the size that the factors hold; outputs beyond `out` are left out.
 *
 * Each stage contracts straight from the strides of the state: the only reshapes are splits and merges of neighboring axes.
 */
function applyStages(
  { structure, in: inSize, out, inputDigits, outputDigits, stages }: FactoredPlan,
  cores: Cores,
  x: Tensor,
): Tensor {
  if (x.shape.at(-1) !== inSize) {
    const message = `${structure}: the input has shape [${x.shape.join(', ')}]; expected [...batch, ${inSize}]`;
    throw new EinlabError('shape', message, { shape: x.shape, in: inSize });
  }
  const batch = x.shape.slice(0, -1);
  const count = product(batch);
  let state = padTo(reshape(x, [count, inSize]), 1, product(inputDigits));
  for (const { core, pattern, input } of stages) {
    state = einsum(pattern, reshape(state, [count, ...input]), coreNamed(cores, core.name, `${structure}`));
  }
  const whole = reshape(state, [count, product(outputDigits)]);
  return reshape(slice(whole, [0, 0], [count, out]), [...batch, out]);
}

/** Zeros behind the elements along one axis, up to `size`. */
export function padTo(x: Tensor, axis: number, size: number): Tensor {
  const missing = size - (x.shape[axis] ?? 0);
  if (missing === 0) return x;
  const zero = x.shape.map(() => 0);
  return pad(x, zero, zero.with(axis, missing));
}

/** The map of a plan. */
export function factoredMap(plan: FactoredPlan): FactoredMap {
  const { structure, in: inSize, out, inputDigits, outputDigits, stages } = plan;
  const cores = stages.map(({ core }) => core);
  let rank: number | undefined;
  return {
    [treeLeaf]: true,
    structure,
    in: inSize,
    out,
    inputDigits,
    outputDigits,
    stages,
    ...(plan.chain === undefined ? {} : { chain: plan.chain }),
    cores,
    parameterCount: cores.reduce((total, { shape }) => total + product(shape), 0),
    // each element that a stage writes is a sum of fanIn products
    macs: stages.reduce((total, { core, output }) => total + product(output) * core.fanIn, 0),
    activation: stages.slice(0, -1).reduce((total, { output }) => total + product(output), 0),
    get rank() {
      rank ??= plan.rank();
      return rank;
    },
    init: (key, options) => initializeCores(cores, key, options),
    apply: (tensors, x) => applyStages(plan, tensors, x),
    toDense: (tensors) => {
      const whole = plan.toDense((name) => coreNamed(tensors, name, `${structure}`));
      return slice(whole, [0, 0], [inSize, out]);
    },
    normalize: (tensors) => normalizeCores(cores, tensors),
    rates: (options) => coreRates(cores, { in: inSize, out }, options),
    toString: () => `${structure} ${inSize} → ${out} as ${inputDigits.join('·')} → ${outputDigits.join('·')}`,
  };
}
