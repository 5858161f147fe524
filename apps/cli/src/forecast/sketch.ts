const blocks = [...'▁▂▃▄▅▆▇█'];

/** Values as a line of blocks, spaces where they are missing; averaged down to a width. */
export function sketch(values: readonly number[], width: number, range: readonly [low: number, high: number]): string {
  const [low, high] = range;
  const count = Math.min(width, values.length);
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * values.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * values.length) / count));
    const known = values.slice(from, to).filter((value) => !Number.isNaN(value));
    if (known.length === 0) return ' ';
    const mean = known.reduce((a, b) => a + b, 0) / known.length;
    const share = high > low ? (mean - low) / (high - low) : 0.5;
    return blocks[Math.min(blocks.length - 1, Math.max(0, Math.floor(share * blocks.length)))] ?? '';
  }).join('');
}
