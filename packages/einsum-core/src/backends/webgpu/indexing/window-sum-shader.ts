import type { WindowSumKernel } from '../../../kernels/kernel.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';

const WORKGROUP_SIZE = 64;

/** A sum of windows of (x, out): one invocation for each element of the result visits the windows that hold it, in order. */
export function windowSumShader(kernel: WindowSumKernel, bindings: Bindings): Shader {
  const { outer, positions, inner, size, stride, dilation, extent } = kernel;
  const [x, out] = bindings.names;
  const elements = outer * extent * inner;
  const reach = (size - 1) * dilation;
  const visit = [
    // the first window that reaches so far, and the last that starts before
    `let first = select(0u, (at - ${reach}u + ${stride - 1}u) / ${stride}u, at > ${reach}u);`,
    `let end = min(at / ${stride}u + 1u, ${positions}u);`,
    'for (var p = first; p < end; p++) {',
    `  let gap = at - p * ${stride}u;`,
    `  if (gap % ${dilation}u == 0u) {`,
    `    let source = ((slice * ${positions}u + p) * ${inner}u + i) * ${size}u + gap / ${dilation}u;`,
    `    total = total + bitcast<f32>(${x}[source]);`,
    '  }',
    '}',
  ];
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: Math.ceil(elements / WORKGROUP_SIZE),
    body: [
      `let element = group * ${WORKGROUP_SIZE}u + local;`,
      `if (element >= ${elements}u) { return; }`,
      `let i = element % ${inner}u;`,
      `let at = element / ${inner}u % ${extent}u;`,
      `let slice = element / ${extent * inner}u;`,
      'var total = 0f;',
      ...(positions === 0 || size === 0 ? [] : visit),
      `${out}[element] = bitcast<u32>(total);`,
    ],
  });
}
