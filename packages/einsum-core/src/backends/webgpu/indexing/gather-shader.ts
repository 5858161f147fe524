import type { GatherKernel } from '../../../kernels/kernel.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';

const WORKGROUP_SIZE = 64;

/** A gather of (x, indices, out): one invocation for each element of the result. */
export function gatherShader(
  { perElement, outer, size, count, inner, missing }: GatherKernel,
  bindings: Bindings,
): Shader {
  const [x, indices, out] = bindings.names;
  const elements = outer * count * inner;
  const place = perElement ? 'element' : `(element / ${inner}u) % ${count}u`;
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: Math.ceil(elements / WORKGROUP_SIZE),
    body: [
      `let element = group * ${WORKGROUP_SIZE}u + local;`,
      `if (element >= ${elements}u) { return; }`,
      // negative indices are large as unsigned numbers
      `let index = ${indices}[${place}];`,
      `if (index < ${size}u) {`,
      `  ${out}[element] = ${x}[(element / ${count * inner}u * ${size}u + index) * ${inner}u + element % ${inner}u];`,
      '} else {',
      `  ${out}[element] = ${missing >>> 0}u;`,
      '}',
    ],
  });
}
