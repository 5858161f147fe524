/** Positions move the fastest wave on by this much, in radians. */
const fastest = 1.5;

/** Entries are rounded to multiples of this: sines of different machines, which may differ in their last bit, give the same table. */
const grain = 2 ** -12;

/**
 * Vectors of positions that cost nothing and that a shift turns: pairs sin(f·t), cos(f·t) with frequencies f from one and a half radians per position down to
 * that through twice the context, evenly in the logarithm; each vector has length 1.
 *
 * @returns `f32[context, width]`; of an odd width the last column is a sine alone
 * @see Vaswani et al. 2017, "Attention Is All You Need", §3.5; with frequencies for short contexts, in place of 1 down to 10⁻⁴
 */
export function sinusoids(context: number, width: number): Float32Array {
  const pairs = Math.ceil(width / 2);
  const size = 1 / Math.sqrt(pairs);
  return Float32Array.from({ length: context * width }, (_, i) => {
    const position = Math.floor(i / width);
    const column = i % width;
    const place = pairs === 1 ? 0 : Math.floor(column / 2) / (pairs - 1);
    const angle = fastest * (2 * context) ** -place * position;
    return Math.round((size * (column % 2 === 0 ? Math.sin(angle) : Math.cos(angle))) / grain) * grain;
  });
}
