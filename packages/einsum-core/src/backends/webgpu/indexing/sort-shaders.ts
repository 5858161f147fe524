import type { DType } from '../../../base/dtype.ts';
import type { SortKernel } from '../../../kernels/kernel.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';

const WORKGROUP_SIZE = 64;
/** Elements that are sorted by counting, before runs are merged. */
export const SORT_BLOCK = 64;

/**
 * The order of an element as an unsigned number. Positive floats compare as their bits do and negative ones the other way
 * round; −0 becomes 0 first, and NaN the largest key in either direction.
 */
function keyFunction({ dtype, descending }: SortKernel): string {
  const flip = descending ? '~' : '';
  const bodies: Partial<Record<DType, string>> = {
    f32: `  let magnitude = word & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0xffffffffu; }
  let bits = select(word, 0u, magnitude == 0u);
  return ${flip}(bits ^ select(0x80000000u, 0xffffffffu, (bits >> 31u) != 0u));`,
    i32: `  return ${flip}(word ^ 0x80000000u);`,
    u32: `  return ${flip}word;`,
    bool: `  return ${flip}word;`,
  };
  return `fn key_of(word: u32) -> u32 {\n${bodies[dtype]}\n}`;
}

/** Where an element of a result of (outer, count, inner) is found: `slice`, `place` along the axis, `base` and the step. */
function placeLines({ outer, count, inner }: SortKernel): string[] {
  return [
    `let element = group * ${WORKGROUP_SIZE}u + local;`,
    `if (element >= ${outer * count * inner}u) { return; }`,
    `let place = element / ${inner}u % ${count}u;`,
    `let base = element / ${count * inner}u * ${count * inner}u + element % ${inner}u;`,
  ];
}

const workgroupsFor = ({ outer, count, inner }: SortKernel): number =>
  Math.ceil((outer * count * inner) / WORKGROUP_SIZE);

/**
 * Sorts blocks of `SORT_BLOCK` elements, as a shader of (x, order): each element counts those that come before it.
 */
export function blockSortShader(kernel: SortKernel, bindings: Bindings): Shader {
  const { count, inner } = kernel;
  const [x, order] = bindings.names;
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: workgroupsFor(kernel),
    declarations: [keyFunction(kernel)],
    body: [
      ...placeLines(kernel),
      `let start = place / ${SORT_BLOCK}u * ${SORT_BLOCK}u;`,
      `let end = min(start + ${SORT_BLOCK}u, ${count}u);`,
      `let key = key_of(${x}[base + place * ${inner}u]);`,
      'var rank = start;',
      'for (var other = start; other < end; other++) {',
      `  let other_key = key_of(${x}[base + other * ${inner}u]);`,
      '  rank += select(0u, 1u, other_key < key || (other_key == key && other < place));',
      '}',
      `${order}[base + rank * ${inner}u] = place;`,
    ],
  });
}

/**
 * Merges pairs of sorted runs, as a shader of (x, order, merged): each element finds its place in the other run by
 * bisection. Of equal elements those of the left run come first.
 */
export function mergeShader(kernel: SortKernel, run: number, bindings: Bindings): Shader {
  const { count, inner } = kernel;
  const [x, order, merged] = bindings.names;
  const keyAt = (place: string): string => `key_of(${x}[base + ${order}[base + (${place}) * ${inner}u] * ${inner}u])`;
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: workgroupsFor(kernel),
    declarations: [keyFunction(kernel)],
    body: [
      ...placeLines(kernel),
      `let start = place / ${2 * run}u * ${2 * run}u;`,
      `let middle = min(start + ${run}u, ${count}u);`,
      `let end = min(start + ${2 * run}u, ${count}u);`,
      'let is_left = place < middle;',
      `let key = ${keyAt('place')};`,
      'let source = select(start, middle, is_left);',
      'var low = source;',
      'var high = select(middle, end, is_left);',
      'while (low < high) {',
      '  let half = (low + high) / 2u;',
      `  let other_key = ${keyAt('half')};`,
      '  if (other_key < key || (other_key == key && !is_left)) { low = half + 1u; } else { high = half; }',
      '}',
      'let own = place - select(middle, start, is_left);',
      `${merged}[base + (start + own + low - source) * ${inner}u] = ${order}[base + place * ${inner}u];`,
    ],
  });
}
