import { isStorage } from '../../../base/dtype.ts';
import { addressOf, coordinateLines, unsigned } from '../wgsl/addresses.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';
import { range } from './contraction-layout.ts';
import { resultStore } from './result-store.ts';
import type { StageAxis, TwoStages } from './two-stages.ts';
import type { TwoStageTile } from './two-stage-tile.ts';

const WORKGROUP_SIZE = 64;
/** Elements of the innermost summed axis in one turn of the loop. */
const UNROLL = 4;

/**
 * Both stages of (x, first weights, second weights, y) in one kernel: each workgroup computes the intermediate of some tokens
 * and columns into workgroup memory, meets once, and computes from there all of the result that depends on it. Sums go
 * through the same elements in the same order as in two kernels.
 */
export function twoStageShader(stages: TwoStages, tile: TwoStageTile, bindings: Bindings): Shader {
  const { token, column, others, first, second } = stages;
  const [x, firstWeights, secondWeights] = bindings.names;
  // the second stage's operands, of which the first is in workgroup memory
  const results = resultStore(stages, { names: bindings.names.slice(1) });
  const helpers = new Set<string>(results.helpers);
  const otherCount = others.reduce((product, { size }) => product * size, 1);
  const down = Math.ceil(token.size / tile.tokens);
  const across = column === undefined ? 1 : column.size / tile.columns;
  const load = (name: string, type: TwoStages['dataType'], address: string): string => {
    if (!isStorage(type)) return `bitcast<f32>(${name}[${address}])`;
    helpers.add(`${type}_at`);
    return `${type}_at(${name}[(${address}) / 2u], ${address})`;
  };
  const shared = (address: string): string => `shared_tile[${address}]`;
  const stageOne: StageText = {
    name: 'first',
    tile,
    blocked: tile.first.blocked,
    positions: tile.first.positions,
    summed: first.summed,
    data: {
      base: `${unsigned(stages.dataOffset)} + x_others`,
      token: token.first.data,
      stride: ({ data }) => data,
      load: (address) => load(x, stages.dataType, address),
    },
    weights: {
      base: `${unsigned(first.weightsOffset)} + first_others + column_start * ${unsigned(column?.first.weights ?? 0)}`,
      load: (address) => load(firstWeights, first.weightsType, address),
    },
    // the token is the fastest axis of what is shared
    out: { base: '0u', stride: ({ out }) => tile.placeOf(out) },
    store: (at, r, sum) => `${shared(`${at} + first_token + ${r}u`)} = ${sum};`,
    isShared: false,
  };
  const stageTwo: StageText = {
    name: 'second',
    tile,
    blocked: tile.second.blocked,
    positions: tile.second.positions,
    summed: second.summed,
    data: { base: '0u', token: 1, stride: ({ data }) => tile.placeOf(data), load: shared },
    weights: {
      base: `${unsigned(second.weightsOffset)} + second_others + column_start * ${unsigned(column?.second.weights ?? 0)}`,
      load: (address) => load(secondWeights, second.weightsType, address),
    },
    out: { base: `y_others + column_start * ${unsigned(column?.second.out ?? 0)}`, stride: ({ out }) => out },
    store: (at, r, sum) =>
      `if (token_start + first_token + ${r}u < ${token.size}u) { ${results.store(`${at} + (token_start + first_token + ${r}u) * ${unsigned(token.second.out)}`, sum)} }`,
    isShared: true,
  };
  const along = (strideOf: (axis: (typeof others)[number]) => number): string =>
    addressOf({ offset: 0, strides: others.map(strideOf) }, (n) => `other${n}`);
  const body = [
    `let token_start = group / ${otherCount * across}u * ${tile.tokens}u;`,
    `let column_start = group / ${otherCount}u % ${across}u * ${tile.columns}u;`,
    `let other = group % ${otherCount}u;`,
    ...coordinateLines(
      'other',
      others.map(({ size }) => size),
      (n) => `other${n}`,
    ),
    `let x_others = ${along(({ first: axis }) => axis.data)};`,
    `let first_others = ${along(({ first: axis }) => axis.weights)};`,
    `let second_others = ${along(({ second: axis }) => axis.weights)};`,
    `let y_others = ${along(({ second: axis }) => axis.out)};`,
    ...stageLines(stageOne, token.size),
    'workgroupBarrier();',
    ...stageLines(stageTwo, token.size),
  ];
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: down * across * otherCount,
    declarations: [`var<workgroup> shared_tile: array<f32, ${tile.elements}>;`, ...results.declarations],
    helpers,
    body,
  });
}

/** A stage as text: where what it reads and writes lies. */
interface StageText {
  readonly name: string;
  readonly tile: TwoStageTile;
  /** The axis along which an invocation computes `size` results; its strides lead from one to the next. */
  readonly blocked: StageAxis;
  /** The axes whose positions are shared out among invocations. */
  readonly positions: readonly StageAxis[];
  readonly summed: readonly StageAxis[];
  readonly data: {
    readonly base: string;
    /** The stride from token to token. */
    readonly token: number;
    readonly stride: (axis: StageAxis) => number;
    readonly load: (address: string) => string;
  };
  readonly weights: { readonly base: string; readonly load: (address: string) => string };
  readonly out: { readonly base: string; readonly stride: (axis: StageAxis) => number };
  readonly store: (at: string, r: number, sum: string) => string;
  /** Whether the data are in workgroup memory, where there is something at every token. */
  readonly isShared: boolean;
}

function stageLines(stage: StageText, tokenCount: number): string[] {
  const { tile, blocked, positions, data, weights, out, isShared } = stage;
  const places = positions.reduce((product, { size }) => product * size, 1);
  const items = places * (tile.tokens / tile.rows);
  const isWhole = isShared || tokenCount % tile.tokens === 0;
  const nameOf = (n: number): string => `at${n}`;
  const address = (strideOf: (axis: StageAxis) => number): string =>
    addressOf({ offset: 0, strides: positions.map(strideOf) }, nameOf);
  const rowAt = (r: number): string => {
    if (isShared) return `first_token + ${r}u`;
    const position = `token_start + first_token + ${r}u`;
    return `${isWhole ? `(${position})` : `min(${position}, ${tokenCount - 1}u)`} * ${unsigned(data.token)}`;
  };
  const sums = range(tile.rows).flatMap((r) => range(blocked.size).map((c) => `sum${r}_${c}`));
  return [
    `for (var item = local; item < ${items}u; item += ${WORKGROUP_SIZE}u) {`,
    ...indent([
      `let place = item % ${places}u;`,
      `let first_token = item / ${places}u * ${tile.rows}u;`,
      ...coordinateLines(
        'place',
        positions.map(({ size }) => size),
        nameOf,
      ),
      `let data_at = ${data.base} + ${address(data.stride)};`,
      `let weights_at = ${weights.base} + ${address((axis) => axis.weights)};`,
      `let out_at = ${out.base} + ${address(out.stride)};`,
      ...range(tile.rows).map((r) => `let row${r} = data_at + ${rowAt(r)};`),
      ...sums.map((sum) => `var ${sum} = 0f;`),
      ...sumLines(stage),
      ...range(tile.rows).flatMap((r) =>
        range(blocked.size).map((c) => stage.store(`out_at + ${unsigned(c * out.stride(blocked))}`, r, `sum${r}_${c}`)),
      ),
    ]),
    '}',
  ];
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** Loops over the summed axes, outermost first, the innermost some elements at a time. */
function sumLines(stage: StageText): string[] {
  const { summed, data } = stage;
  const outer = summed.slice(0, -1);
  const inner = summed.at(-1) ?? { size: 1, data: 0, weights: 0, out: 0 };
  const step = inner.size % UNROLL === 0 ? UNROLL : 1;
  const at = (strideOf: (axis: StageAxis) => number): string =>
    addressOf({ offset: 0, strides: summed.map(strideOf) }, (n) => `k${n}`);
  const turn = [
    `let data_step = ${at(data.stride)};`,
    `let weights_step = ${at(({ weights }) => weights)};`,
    ...range(step).flatMap((k) => productLines(stage, inner, k)),
  ];
  const last = `k${outer.length}`;
  const loop =
    inner.size === 1
      ? [`{`, `  let ${last} = 0u;`, ...indent(turn), '}']
      : [`for (var ${last} = 0u; ${last} < ${inner.size}u; ${last} += ${step}u) {`, ...indent(turn), '}'];
  return outer.reduceRight(
    (lines, { size }, n) => [`for (var k${n} = 0u; k${n} < ${size}u; k${n}++) {`, ...indent(lines), '}'],
    loop,
  );
}

/** One term of every sum of an invocation. */
function productLines({ tile, blocked, data, weights }: StageText, inner: StageAxis, k: number): string[] {
  const [dataStep, weightsStep] = [k * data.stride(inner), k * inner.weights];
  return [
    ...range(blocked.size).map((c) => {
      const address = `weights_at + weights_step + ${unsigned(weightsStep + c * blocked.weights)}`;
      return `let y${k}_${c} = ${weights.load(address)};`;
    }),
    ...range(tile.rows).flatMap((r) => [
      `let x${k}_${r} = ${data.load(`row${r} + data_step + ${unsigned(dataStep)}`)};`,
      ...range(blocked.size).map((c) => `sum${r}_${c} = fma(x${k}_${r}, y${k}_${c}, sum${r}_${c});`),
    ]),
  ];
}
