import type { ScatterKernel } from '../../../kernels/kernel.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';
import { slicesLieInFours } from './slices-lie-in-fours.ts';

const WORKGROUP_SIZE = 64;

/**
 * A scatter-add of (indices, updates, out) into zeros: one invocation for each column of each slice, which no other
 * touches, so that sums are taken in the order of the indices.
 */
export function scatterShader(kernel: ScatterKernel, bindings: Bindings): Shader {
  const { isFloat, perElement, outer, size, count, inner } = kernel;
  const [indices, updates, out] = bindings.names;
  // four columns at a time where they are side by side
  const isWide = !perElement && slicesLieInFours(kernel, bindings);
  const width = isWide ? inner / 4 : inner;
  const [type, zero] = isWide ? ['vec4u', 'vec4u()'] : ['u32', '0u'];
  const number = `${isWide ? 'vec4' : ''}${isFloat ? (isWide ? 'f' : 'f32') : isWide ? 'i' : 'i32'}`;
  const columns = outer * width;
  const read = (place: string): string => `bitcast<${number}>(${place})`;
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: Math.ceil(columns / WORKGROUP_SIZE),
    ...(isWide ? { types: new Map([updates, out].map((name) => [name, 'array<vec4u>'])) } : {}),
    body: [
      `let column = group * ${WORKGROUP_SIZE}u + local;`,
      `if (column >= ${columns}u) { return; }`,
      `let slice = column / ${width}u;`,
      `let j = column % ${width}u;`,
      `for (var row = 0u; row < ${size}u; row++) { ${out}[(slice * ${size}u + row) * ${width}u + j] = ${zero}; }`,
      `for (var i = 0u; i < ${count}u; i++) {`,
      `  let source = (slice * ${count}u + i) * ${width}u + j;`,
      // negative indices are large as unsigned numbers
      `  let index = ${indices}[${perElement ? 'source' : 'i'}];`,
      `  if (index < ${size}u) {`,
      `    let to = (slice * ${size}u + index) * ${width}u + j;`,
      `    ${out}[to] = bitcast<${type}>(${read(`${out}[to]`)} + ${read(`${updates}[source]`)});`,
      '  }',
      '}',
    ],
  });
}
