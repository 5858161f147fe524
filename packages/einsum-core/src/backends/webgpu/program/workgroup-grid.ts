/** A grid of at least so many workgroups, in two dimensions where one is not enough; shaders count through it row by row. */
export function workgroupGrid(count: number, limit: number): [x: number, y: number] {
  if (count <= limit) return [count, 1];
  const y = Math.ceil(count / limit);
  return [Math.ceil(count / y), y];
}
