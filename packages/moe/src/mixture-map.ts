import { EinlabError, reshape, type Tensor, treeLeaf, zeros } from '@einlab/einsum-core';
import {
  assertFeatures,
  coreRates,
  type Cores,
  initializeCores,
  normalizeCores,
  type Structure,
  type StructuredMap,
} from '@einlab/nn';
import { applyGathered } from './execution/apply-gathered.ts';
import { type Execution, planExecution } from './execution/plan-execution.ts';
import type { ExpertBank } from './experts/expert-bank.ts';
import { assertCapacity, type Capacity, capacityOf, keptWithin } from './routing/capacity.ts';
import { reportRouting, routingKey } from './routing/observe-routing.ts';
import type { Router } from './routing/router.ts';
import type { Routing } from './routing/routing.ts';
import { topKRouter } from './routing/top-k-router.ts';
import { assertExperts } from './options.ts';

/** What every mixture is made of. */
export interface MixtureOptions {
  /** E */
  readonly experts: number;
  /** Experts that a token goes to; default 2. */
  readonly k?: number;
  /** Default `topKRouter()`. */
  readonly router?: Router;
  /** Default none: nothing is dropped, whatever the loads. */
  readonly capacity?: Capacity;
  /** Default `auto`: the cheaper form for the number of tokens, see `planExecution`. Results differ by rounding only. */
  readonly execution?: Execution;
}

/** A mixture of experts in place of a matrix. It is not linear: which experts a token goes to depends on the token. */
export interface MixtureMap extends StructuredMap {
  readonly bank: ExpertBank;
  readonly router: Router;
  readonly experts: number;
  readonly k: number;
  readonly capacity: Capacity | undefined;
  readonly execution: Execution;
  /** Numbers that one token uses: those of k experts and of the router. */
  readonly activeParameterCount: number;
  /** Where tokens go: for `f32[token, in]`. */
  route(cores: Cores, x: Tensor, key?: Tensor): Routing;
}

/** A structure whose maps are mixtures. */
export interface MixtureStructure extends Structure {
  realize(inSize: number, outSize: number): MixtureMap;
}

const executions: readonly Execution[] = ['auto', 'masked', 'gathered'];

/** A family of mixtures as a value. */
export function mixtureStructure(
  { name, text, options }: { readonly name: string; readonly text: string; readonly options: MixtureOptions },
  bankOf: (sizes: { in: number; out: number }) => ExpertBank,
): MixtureStructure {
  const { experts, k = 2, router = topKRouter(), capacity, execution = 'auto' } = options;
  assertExperts(name, experts, k);
  if (!executions.includes(execution)) {
    throw new EinlabError(
      'option',
      `${name}: execution is ${JSON.stringify(execution)}; expected ${executions.join(', ')}`,
      {
        execution,
      },
    );
  }
  if (capacity !== undefined) {
    assertCapacity(name, capacity);
    if (!router.tokensChoose)
      throw new EinlabError(
        'option',
        `${name}: ${router} gives every expert equally many tokens, so a capacity has nothing to limit; leave capacity out`,
      );
  }
  const parts = [
    ...(options.router === undefined ? [] : [`router: ${router}`]),
    ...(capacity === undefined ? [] : [`capacity: ${JSON.stringify(capacity)}`]),
    ...(options.execution === undefined ? [] : [`execution: ${options.execution}`]),
  ];
  const full = parts.length === 0 ? text : text.replace(/ \}\)$/, `, ${parts.join(', ')} })`);
  const structure: MixtureStructure = {
    [treeLeaf]: true,
    name,
    toString: () => full,
    realize(inSize, outSize) {
      assertFeatures(full, inSize, outSize);
      return mixtureMap(structure, bankOf({ in: inSize, out: outSize }), { k, router, capacity, execution });
    },
  };
  return structure;
}

function mixtureMap(
  structure: MixtureStructure,
  bank: ExpertBank,
  { k, router, capacity, execution }: Pick<MixtureMap, 'k' | 'router' | 'capacity' | 'execution'>,
): MixtureMap {
  const { experts, in: inSize, out } = bank;
  const own = router.cores(inSize, experts);
  const ownCount = own.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0);
  const map: MixtureMap = {
    [treeLeaf]: true,
    structure,
    in: inSize,
    out,
    bank,
    router,
    experts,
    k,
    capacity,
    execution,
    cores: [...own, ...bank.cores],
    parameterCount: ownCount + experts * bank.parameterCount,
    activeParameterCount: ownCount + k * bank.parameterCount,
    macs: router.macs(inSize, experts) + k * bank.macs,
    activation: experts + k * bank.activation,
    rank: Math.min(inSize, out, k * bank.rank),
    init: (key, options) => ({
      ...Object.fromEntries(own.map(({ name, shape }) => [name, zeros(shape)])),
      ...initializeCores(bank.cores, key, options),
    }),
    route(cores, x, key) {
      const choice = router.choose({ x, cores, experts, k, key });
      const shared = { ...choice, experts, k, tokensChoose: router.tokensChoose };
      if (capacity === undefined) return { ...shared, kept: choice.chosen, capacity: undefined };
      const limit = capacityOf(capacity, x.shape[0] ?? 0, { experts, k });
      const kept = keptWithin(choice, limit, capacity.drop);
      return { ...shared, kept, gates: choice.gates.multiply(kept), capacity: limit };
    },
    apply(cores, x) {
      if (x.shape.at(-1) !== inSize) {
        throw new EinlabError(
          'shape',
          `${structure}: x is f32[${x.shape.join(', ')}]; expected f32[...batch, ${inSize}]`,
          {
            x: x.shape,
            in: inSize,
          },
        );
      }
      const batch = x.shape.slice(0, -1);
      const tokens = reshape(x, [batch.reduce((a, b) => a * b, 1), inSize]);
      const routing = map.route(cores, tokens, routingKey());
      reportRouting(map, routing);
      const { form, block } = planExecution(bank, tokens.shape[0] ?? 0, routing, execution);
      // without tokens there is nothing to put in order
      const isMasked = form === 'masked' || tokens.size === 0;
      const result = isMasked
        ? bank.mix(cores, tokens, routing.gates)
        : applyGathered(bank, cores, tokens, routing, block);
      return reshape(result, [...batch, out]);
    },
    toDense() {
      throw new EinlabError(
        'option',
        `${structure}: toDense: a mixture has no dense equivalent, its experts depend on the token; bank.toDense gives those of the experts`,
      );
    },
    normalize: (cores) => ({ ...cores, ...normalizeCores(bank.cores, cores) }),
    rates: (options) => ({
      // the gate is a dense map of its own, features to scores
      ...Object.fromEntries(
        own.flatMap((core) => Object.entries(coreRates([core], { in: inSize, out: experts }, options))),
      ),
      ...coreRates(bank.cores, { in: inSize, out }, options),
    }),
    toString: () => `${structure} ${bank}`,
  };
  return map;
}
