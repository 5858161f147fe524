/**
 * The smallest of 1, 2, 3, 4, 6, 8, 12, 16, … that is not below a count, and no more than the largest that there can be: few sizes, so few programs.
 */
export function roundedCount(count: number, largest: number = Infinity): number {
  let size = 1;
  while (size < count) {
    if (size >= 2 && size * 1.5 >= count && Number.isInteger(size * 1.5)) {
      size *= 1.5;
      break;
    }
    size *= 2;
  }
  return count <= largest ? Math.min(size, largest) : size;
}
