import { compile, einsum, evaluate, random, type Tensor, vjp } from '@einlab/einsum-core';
import { combineRows, dispatch, type MixtureMap } from '@einlab/moe';
import type { Cores } from '@einlab/nn';

/** A layer with cores, input and cotangent in memory. */
export interface Drawn {
  readonly map: MixtureMap;
  readonly cores: Cores;
  readonly x: Tensor;
  readonly cotangent: Tensor;
}

/** Something that can be timed. */
export interface Step {
  run(): Promise<void>;
  /** The values of the first result. */
  read(): Promise<Float32Array>;
  dispose(): void;
}

/** Random values; the gate prefers experts, so that loads differ a little, as in training. */
export async function drawn(map: MixtureMap, tokens: number): Promise<Drawn> {
  const gate = random.normal(random.key(5), [map.in, map.experts]).multiply(0.02);
  const values = await evaluate({
    cores: { ...map.init(random.key(1)), gate },
    x: random.normal(random.key(2), [tokens, map.in]),
    cotangent: random.normal(random.key(3), [tokens, map.out]),
  });
  return { map, ...values };
}

/** Releases every tensor of a tree. */
export function disposeAll(tree: unknown): void {
  if (typeof tree !== 'object' || tree === null) return;
  if ('dispose' in tree && typeof tree.dispose === 'function') tree.dispose();
  else for (const child of Object.values(tree)) disposeAll(child);
}

/** A compiled function of what was drawn; the first result is waited for. */
export function stepOf(
  call: () => Promise<Readonly<Record<string, unknown>>>,
  first: (result: never) => Tensor,
  dispose: () => void,
): Step {
  return {
    async run() {
      const result = await call();
      const value = first(result as never);
      await value
        .slice(
          value.shape.map(() => 0),
          value.shape.map(() => 1),
        )
        .data();
      disposeAll(result);
    },
    async read() {
      const result = await call();
      const values = Float32Array.from(await first(result as never).data());
      disposeAll(result);
      return values;
    },
    dispose,
  };
}

/** The whole layer in one form, with or without all its gradients. */
export function layerStep(map: MixtureMap, { cores, x, cotangent }: Drawn, withGradients: boolean): Step {
  const step = compile((own: Cores, input: Tensor, given: Tensor) => {
    if (!withGradients) return { value: map.apply(own, input) };
    const [value, pull] = vjp((c: Cores, tokens: Tensor) => map.apply(c, tokens), own, input);
    return { value, gradients: pull(given) };
  });
  return stepOf(
    () => step(cores, x, cotangent),
    ({ value }: { value: Tensor }) => value,
    () => step.dispose(),
  );
}

/** What the gathered form does beside computing experts, each as a program of its own. */
export async function partSteps(
  { map, cores, x }: Drawn,
  block: number,
): Promise<Readonly<Record<'gate' | 'routing' | 'sort' | 'scatter', Step>>> {
  const gate = compile((own: Cores, input: Tensor) => ({
    logits: einsum('token in, in expert -> token expert', input, own['gate'] as Tensor),
  }));
  const routing = compile((own: Cores, input: Tensor) => {
    const { gates, ranks, chosen } = map.route(own, input);
    return { gates, chosen, ranks: ranks ?? chosen };
  });
  const routed = await routing(cores, x);
  const sort = compile((own: typeof routed) => {
    const shared = { experts: map.experts, k: map.k, tokensChoose: true, capacity: undefined };
    const { tokenOfRow, rowOfSlot, expertOfBlock } = dispatch(
      { ...shared, ...own, kept: own.chosen, logits: own.gates, probabilities: own.gates },
      block,
    );
    return { tokenOfRow, rowOfSlot: rowOfSlot ?? tokenOfRow, expertOfBlock };
  });
  const order = await sort(routed);
  const rows = await evaluate(random.normal(random.key(4), [order.tokenOfRow.size, map.bank.output]));
  const weights = await evaluate(random.uniform(random.key(6), order.rowOfSlot.shape));
  const scatter = compile((values: Tensor, own: Tensor, by: typeof order) => ({
    value: combineRows(values, own, by),
  }));
  return {
    gate: stepOf(
      () => gate(cores, x),
      ({ logits }: { logits: Tensor }) => logits,
      () => gate.dispose(),
    ),
    routing: stepOf(
      () => routing(cores, x),
      ({ gates }: { gates: Tensor }) => gates,
      () => routing.dispose(),
    ),
    sort: stepOf(
      () => sort(routed),
      ({ tokenOfRow }: { tokenOfRow: Tensor }) => tokenOfRow,
      () => sort.dispose(),
    ),
    scatter: stepOf(
      () => scatter(rows, weights, order),
      ({ value }: { value: Tensor }) => value,
      () => {
        scatter.dispose();
        disposeAll([routed, order, rows, weights]);
      },
    ),
  };
}

/** Largest difference that f32 and another order of sums explain, beside the size of the values. */
const tolerance = 2e-4;

/** Refuses to time two forms that do not give the same. */
export async function assertSame(one: Step, other: Step): Promise<void> {
  const [expected, got] = [await one.read(), await other.read()];
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const off = expected.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (got[i] ?? Number.NaN))), 0);
  if (!(off <= tolerance * scale)) throw new Error(`the forms differ by ${off} where values are up to ${scale}`);
}
