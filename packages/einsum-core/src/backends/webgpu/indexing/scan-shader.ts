import type { ScanKernel } from '../../../kernels/kernel.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';
import { storageOf } from '../wgsl/storage.ts';

const WORKGROUP_SIZE = 64;

/** A cumulative sum of (x, out): one invocation for each column of each slice, adding one element after the other. */
export function scanShader(
  { isFloat, outer, count, inner, exclusive, reverse }: ScanKernel,
  bindings: Bindings,
): Shader {
  const [x, out] = bindings.names;
  const { type, fromWord, toWord } = storageOf(isFloat ? 'f32' : 'i32');
  const columns = outer * inner;
  const add = `total = total + ${fromWord(`${x}[at]`)};`;
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: Math.ceil(columns / WORKGROUP_SIZE),
    body: [
      `let column = group * ${WORKGROUP_SIZE}u + local;`,
      `if (column >= ${columns}u) { return; }`,
      `let first = column / ${inner}u * ${count * inner}u + column % ${inner}u;`,
      `var total = ${type}(0);`,
      `for (var turn = 0u; turn < ${count}u; turn++) {`,
      `  let at = first + ${reverse ? `(${count - 1}u - turn)` : 'turn'} * ${inner}u;`,
      ...(exclusive ? [] : [`  ${add}`]),
      `  ${out}[at] = ${toWord('total')};`,
      ...(exclusive ? [`  ${add}`] : []),
      '}',
    ],
  });
}
