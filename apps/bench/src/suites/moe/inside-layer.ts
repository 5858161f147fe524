import { compile, type Device, reshape, type Tensor } from '@einlab/einsum-core';
import { dispatch, gatherRows, type Routing, type RowPlaces } from '@einlab/moe';
import type { Cores } from '@einlab/nn';
import { type Drawn, disposeAll, type Step, stepOf } from './layer.ts';

/**
 * Programs, or their times, that differ in what they do of a layer: nothing at all; scores, choice and weights; also the order by expert; the
 * layer; and the experts' rows alone, put in an order that is given. What a part takes inside the layer is a difference of two of them: its
 * operands are then as warm as they are there, what the layer joins with something else is counted, and calling a program is not.
 */
export interface LayerParts<Each> {
  readonly nothing: Each;
  readonly routing: Each;
  readonly order: Each;
  readonly experts: Each;
  readonly layer: Each;
}

const partNames = ['nothing', 'routing', 'order', 'experts', 'layer'] as const;

/** An order by expert: whose rows each block has, and where the rows of tokens are. */
interface Order extends RowPlaces {
  readonly expertOfBlock: Tensor;
}

/** Compiles the parts of a layer in its gathered form. */
export async function layerParts({ map, cores, x }: Drawn, block: number): Promise<LayerParts<Step>> {
  const { bank } = map;
  const decided = ({ gates, ranks, chosen }: Routing) => ({ gates, ranks: ranks ?? chosen });
  const orderOf = (routing: Routing): Order => {
    const { tokenOfRow, rowOfSlot = tokenOfRow, expertOfBlock } = dispatch(routing, block);
    return { tokenOfRow, rowOfSlot, expertOfBlock };
  };
  const ordering = compile((own: Cores, input: Tensor) => orderOf(map.route(own, input)));
  const given = await ordering(cores, x);
  ordering.dispose();
  const experts = compile((own: Cores, input: Tensor, order: Order) => {
    const rows = reshape(gatherRows(input, order), [order.expertOfBlock.size, block, bank.input]);
    return { first: bank.applyBlocks(own, rows, order.expertOfBlock) };
  });
  const stepFor = (f: (own: Cores, input: Tensor) => Firsts): Step => {
    const step = compile(f);
    return stepOf(
      () => step(cores, x),
      firstOf,
      () => step.dispose(),
    );
  };
  return {
    nothing: stepFor((own) => ({ first: (own['gate'] as Tensor).slice([0, 0], [1, 1]).multiply(2) })),
    routing: stepFor((own, input) => {
      const { gates, ranks } = decided(map.route(own, input));
      return { first: gates, ranks };
    }),
    order: stepFor((own, input) => {
      const routing = map.route(own, input);
      return { first: decided(routing).gates, ranks: decided(routing).ranks, ...orderOf(routing) };
    }),
    experts: stepOf(
      () => experts(cores, x, given),
      firstOf,
      () => {
        experts.dispose();
        disposeAll(given);
      },
    ),
    layer: stepFor((own, input) => ({ first: map.apply(own, input) })),
  };
}

type Firsts = Readonly<Record<string, Tensor>> & { readonly first: Tensor };
const firstOf = ({ first }: Firsts): Tensor => first;

/** Times the parts in turns, each behind a run of the whole layer, as a layer follows another one in a model. */
export async function timeParts(parts: LayerParts<Step>, turns: number): Promise<LayerParts<number>[]> {
  for (const name of partNames) await parts[name].run();
  const times: LayerParts<number>[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const own: Record<string, number> = {};
    for (const name of partNames) {
      await parts.layer.run();
      const start = performance.now();
      await parts[name].run();
      own[name] = performance.now() - start;
    }
    times.push(own as unknown as LayerParts<number>);
  }
  return times;
}

/** Where the time of a layer goes, in milliseconds. */
export interface InsideLayer {
  readonly routing: number;
  readonly order: number;
  /** What is left of the layer beside these and the experts: the weighted sum by token. */
  readonly sum: number;
  readonly experts: number;
  readonly layer: number;
  /** routing, order and sum beside the layer */
  readonly share: number;
  /** The same by the times of the layer's kernels, where a device's profile tells those. */
  readonly profiledShare?: number;
}

/**
 * The share of a layer's kernels that the experts alone do not have, from profiles of both: for a device that runs kernels one after the other, profiled
 * or not, and does not join what the experts do with something else. The median of some runs.
 */
export async function profiledShare(device: Device, parts: LayerParts<Step>, runs: number): Promise<number> {
  const kernelsOf = async (step: Step) =>
    (await device.profile(() => step.run())).kernels.map(({ kind, description, milliseconds }) => ({
      key: `${kind} ${description}`,
      milliseconds,
    }));
  const ofExperts = new Set((await kernelsOf(parts.experts)).map(({ key }) => key));
  const shares: number[] = [];
  for (let run = 0; run < runs; run++) {
    const kernels = await kernelsOf(parts.layer);
    const sum = (of: typeof kernels): number => of.reduce((total, { milliseconds }) => total + milliseconds, 0);
    shares.push(1 - sum(kernels.filter(({ key }) => ofExperts.has(key))) / sum(kernels));
  }
  return median(shares);
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return (at((sorted.length - 1) >> 1) + at(sorted.length >> 1)) / 2;
};

/** Each part as the median over the turns: what one turn compares ran on the same machine, which the shortest times of many turns may not have. */
export function insideLayer(turns: readonly LayerParts<number>[]): InsideLayer {
  const typical = (of: (turn: LayerParts<number>) => number): number => median(turns.map(of));
  return {
    routing: typical(({ routing, nothing }) => routing - nothing),
    order: typical(({ order, routing }) => order - routing),
    sum: typical(({ layer, experts, order, nothing }) => layer - experts - (order - nothing)),
    experts: typical(({ experts, nothing }) => experts - nothing),
    layer: typical(({ layer, nothing }) => layer - nothing),
    share: typical(({ layer, experts, nothing }) => (layer - experts) / (layer - nothing)),
  };
}
