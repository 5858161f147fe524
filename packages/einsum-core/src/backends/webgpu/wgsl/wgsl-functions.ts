import type { WgslFunction } from './wgsl-function.ts';
import { MATH_FUNCTIONS } from './math-functions.ts';

/**
 * What WGSL leaves open, said with integers. A compiler may assume that there are no NaN, no infinities and no negative
 * zeros, and may add in another order; and does: `x != x` becomes false, `x * 0` 0, and `(x + 1) - 1` x. Bits cannot be
 * assumed away.
 */
const MACHINE_FUNCTIONS: Readonly<Record<string, WgslFunction>> = {
  // a function, because a constant expression must not be NaN or infinite
  float_of: { text: 'fn float_of(bits: u32) -> f32 { return bitcast<f32>(bits); }' },
  // the address tells which half of a word an element of 16 bits is
  half_at: {
    text: 'fn half_at(word: u32, address: u32) -> u32 { return (word >> ((address & 1u) * 16u)) & 0xffffu; }',
  },
  f16_at: {
    text: 'fn f16_at(word: u32, address: u32) -> f32 { return unpack2x16float(half_at(word, address)).x; }',
    uses: ['half_at'],
  },
  bf16_at: {
    text: 'fn bf16_at(word: u32, address: u32) -> f32 { return bitcast<f32>(half_at(word, address) << 16u); }',
    uses: ['half_at'],
  },
  f16_fours: {
    text: 'fn f16_fours(words: vec2u) -> vec4f { return vec4f(unpack2x16float(words.x), unpack2x16float(words.y)); }',
  },
  bf16_fours: {
    text: `fn bf16_fours(words: vec2u) -> vec4f {
  return bitcast<vec4f>(vec4u(words.x << 16u, words.x & 0xffff0000u, words.y << 16u, words.y & 0xffff0000u));
}`,
  },
  half_of: { text: 'fn half_of(bits: u32) -> f16 { return bitcast<vec2<f16>>(bits).x; }' },
  is_nan: { text: 'fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }' },
  // the same number, but no compiler knows: what is computed with it cannot be simplified or rearranged
  exact: {
    text: `var<private> opaque_zero: u32;
fn exact(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ opaque_zero); }`,
  },
  // integers in the order of the numbers, −0 before 0
  order_of: {
    text: `fn order_of(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  return bits ^ ((bits >> 31u) & 0x7fffffff);
}`,
  },
  smaller_of: {
    text: `fn smaller_of(a: f32, b: f32) -> f32 {
  if (is_nan(a)) { return a; }
  return select(a, b, is_nan(b) || order_of(b) < order_of(a));
}`,
    uses: ['is_nan', 'order_of'],
  },
  larger_of: {
    text: `fn larger_of(a: f32, b: f32) -> f32 {
  if (is_nan(a)) { return a; }
  return select(a, b, is_nan(b) || order_of(b) > order_of(a));
}`,
    uses: ['is_nan', 'order_of'],
  },
  same_number: {
    text: `fn same_number(a: f32, b: f32) -> bool {
  let x = bitcast<u32>(a);
  let y = bitcast<u32>(b);
  return !is_nan(a) && (x == y || ((x | y) << 1u) == 0u);
}`,
    uses: ['is_nan'],
  },
  to_int: {
    text: `fn to_int(x: f32) -> i32 {
  if (is_nan(x)) { return 0; }
  if (x >= 2147483648.0f) { return 2147483647; }
  if (x < -2147483648.0f) { return bitcast<i32>(0x80000000u); }
  return i32(x);
}`,
    uses: ['is_nan'],
  },
  to_uint: {
    text: `fn to_uint(x: f32) -> u32 {
  if (is_nan(x) || x < 1.0f) { return 0u; }
  if (x >= 4294967296.0f) { return 0xffffffffu; }
  return u32(x);
}`,
    uses: ['is_nan'],
  },
};

/** The statement that a shader's entry begins with where `exact` is called: a zero of which nobody can tell beforehand. */
export const OPAQUE_ZERO = { name: 'opaque_zero', line: 'opaque_zero = grid.z - 1u;' } as const;

/** The texts of functions and of all that they call, each once, callees first. */
export function functionTexts(names: Iterable<string>): string[] {
  const texts = new Map<string, string>();
  const add = (name: string): void => {
    if (texts.has(name)) return;
    const found = MACHINE_FUNCTIONS[name] ?? MATH_FUNCTIONS[name]?.();
    if (found === undefined) throw new RangeError(`wgsl: there is no function ${name}`);
    for (const used of found.uses ?? []) add(used);
    texts.set(name, found.text);
  };
  for (const name of names) add(name);
  return [...texts.values()];
}
