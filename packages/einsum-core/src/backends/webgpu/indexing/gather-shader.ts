import type { GatherKernel } from '../../../kernels/kernel.ts';
import { elementAt, storeElement } from '../wgsl/storage.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';

const WORKGROUP_SIZE = 64;

/** A gather of (x, indices, out): one invocation for each element of the result. */
export function gatherShader(
  { perElement, outer, size, count, inner, missing, elementBytes }: GatherKernel,
  bindings: Bindings,
): Shader {
  const [x, indices, out] = bindings.names;
  const elements = outer * count * inner;
  const helpers = new Set<string>();
  const use = (helper: string): unknown => helpers.add(helper);
  const dtype = elementBytes === 2 ? 'f16' : 'u32';
  const source = elementAt(x, 'source', dtype, use);
  const store = (value: string): string =>
    storeElement(
      [out, 'element'],
      value,
      bindings.halves?.has(out) === true ? 'f16' : dtype === 'f16' ? 'i32' : 'u32',
      use,
    );
  const place = perElement ? 'element' : `(element / ${inner}u) % ${count}u`;
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: Math.ceil(elements / WORKGROUP_SIZE),
    helpers,
    body: [
      `let element = group * ${WORKGROUP_SIZE}u + local;`,
      `if (element >= ${elements}u) { return; }`,
      // negative indices are large as unsigned numbers
      `let index = ${indices}[${place}];`,
      `if (index < ${size}u) {`,
      `  let source = (element / ${count * inner}u * ${size}u + index) * ${inner}u + element % ${inner}u;`,
      `  ${store(source)}`,
      '} else {',
      `  ${store(dtype === 'f16' ? `${missing}i` : `${missing >>> 0}u`)}`,
      '}',
    ],
  });
}
