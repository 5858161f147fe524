import type { ScatterKernel } from '../../../kernels/kernel.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';
import { storageOf } from '../wgsl/storage.ts';

const WORKGROUP_SIZE = 64;

/**
 * A scatter-add of (indices, updates, out) into zeros: one invocation for each column of each slice, which no other
 * touches, so that sums are taken in the order of the indices.
 */
export function scatterShader(kernel: ScatterKernel, bindings: Bindings): Shader {
  const { isFloat, perElement, outer, size, count, inner } = kernel;
  const [indices, updates, out] = bindings.names;
  const { fromWord, toWord } = storageOf(isFloat ? 'f32' : 'i32');
  const columns = outer * inner;
  const sum = `${fromWord(`${out}[to]`)} + ${fromWord(`${updates}[source]`)}`;
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: Math.ceil(columns / WORKGROUP_SIZE),
    body: [
      `let column = group * ${WORKGROUP_SIZE}u + local;`,
      `if (column >= ${columns}u) { return; }`,
      `let slice = column / ${inner}u;`,
      `let j = column % ${inner}u;`,
      `for (var row = 0u; row < ${size}u; row++) { ${out}[(slice * ${size}u + row) * ${inner}u + j] = 0u; }`,
      `for (var i = 0u; i < ${count}u; i++) {`,
      `  let source = (slice * ${count}u + i) * ${inner}u + j;`,
      // negative indices are large as unsigned numbers
      `  let index = ${indices}[${perElement ? 'source' : 'i'}];`,
      `  if (index < ${size}u) {`,
      `    let to = (slice * ${size}u + index) * ${inner}u + j;`,
      `    ${out}[to] = ${toWord(sum)};`,
      '  }',
      '}',
    ],
  });
}
