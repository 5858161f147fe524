import type { GatherKernel } from '../../../kernels/kernel.ts';
import { elementAt, storeElement } from '../wgsl/storage.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';
import { groupRuns } from './group-runs.ts';
import { slicesLieInFours } from './slices-lie-in-fours.ts';

const WORKGROUP_SIZE = 64;

/** A gather of (x, indices, out): one invocation for each element of the result, or for four of a slice. */
export function gatherShader(kernel: GatherKernel, bindings: Bindings): Shader {
  if (!kernel.perElement && kernel.elementBytes === 4 && slicesLieInFours(kernel, bindings))
    return foursShader(kernel, bindings);
  const { perElement, outer, size, count, inner, missing, elementBytes } = kernel;
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

/** Whole slices of f32, i32 or u32, four elements at a time; neighbours move neighbouring ones. */
function foursShader({ outer, size, count, inner, missing }: GatherKernel, bindings: Bindings): Shader {
  const [x, indices, out] = bindings.names;
  const fours = inner / 4;
  const { across, places } = groupRuns(outer * count, fours);
  const invocations = outer * count * across;
  const moves = (move: (at: string) => string): string[] =>
    places.map((place) => `  ${move(place === 0 ? 'j' : `j + ${place}u`)}`);
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: Math.ceil(invocations / WORKGROUP_SIZE),
    types: new Map([x, out].map((name) => [name, 'array<vec4u>'])),
    body: [
      `let position = group * ${WORKGROUP_SIZE}u + local;`,
      `if (position >= ${invocations}u) { return; }`,
      `let slice = position / ${across}u;`,
      `let j = position % ${across}u;`,
      `let to = slice * ${fours}u;`,
      `let index = ${indices}[${outer === 1 ? 'slice' : `slice % ${count}u`}];`,
      `if (index < ${size}u) {`,
      `  let source = (${outer === 1 ? 'index' : `slice / ${count}u * ${size}u + index`}) * ${fours}u;`,
      ...moves((at) => `${out}[to + ${at}] = ${x}[source + ${at}];`),
      '} else {',
      ...moves((at) => `${out}[to + ${at}] = vec4u(${missing >>> 0}u);`),
      '}',
    ],
  });
}
