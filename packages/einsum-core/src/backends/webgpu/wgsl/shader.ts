import { functionTexts, OPAQUE_ZERO } from './wgsl-functions.ts';

/** How a kernel's buffers are bound: by position in its list of buffers. One buffer may stand at several positions. */
export interface Bindings {
  /** The variable of each position. */
  readonly names: readonly string[];
  /** For each binding whether it is only read; positions that share a buffer share its binding. */
  readonly isReadOnly: readonly boolean[];
  /**
   * Bytes of each binding, where they are known: an array of known length takes fewer instructions to keep every index within it.
   */
  readonly bytes?: readonly number[];
  /** Variables that are arrays of 16 bits, each of which is written alone: what is written where the device can do that. */
  readonly halves?: ReadonlySet<string>;
}

/** A compute shader and how many workgroups do its work. Group g of them gets its number whatever the grid's shape is. */
export interface Shader {
  readonly code: string;
  readonly workgroups: number;
  readonly isReadOnly: readonly boolean[];
}

/** What a shader is made of. */
export interface ShaderParts {
  readonly bindings: Bindings;
  readonly workgroupSize: number;
  readonly workgroups: number;
  /** What a shader starts with: the features that it needs, and so on. */
  readonly directives?: readonly string[];
  /** What the entry is told besides. */
  readonly builtins?: readonly string[];
  /** What buffers are declared as, by variable, where that is not an array of words of any length. */
  readonly types?: ReadonlyMap<string, string>;
  /** Workgroup variables and functions of its own. */
  readonly declarations?: readonly string[];
  readonly helpers?: Iterable<string>;
  /**
   * Statements of the entry. They know `group`, which is less than `workgroups`, and `local`, less than
   * `workgroupSize`.
   */
  readonly body: readonly string[];
}

const BUILTINS = [
  '@builtin(workgroup_id) workgroup_id: vec3u',
  '@builtin(num_workgroups) grid: vec3u',
  '@builtin(local_invocation_index) local: u32',
];

const ELEMENT_BYTES: Readonly<Record<string, number>> = { f16: 2, u32: 4, vec2u: 8, vec4u: 16, mat4x4f: 64 };

/** An array of any length as one of the length that a binding has; other types as they are. */
function sized(type: string, bytes: number = 0): string {
  const [, element] = /^array<(\w+)>$/.exec(type) ?? [];
  const count = element === undefined ? 0 : Math.floor(bytes / (ELEMENT_BYTES[element] ?? Number.POSITIVE_INFINITY));
  return count === 0 ? type : `array<${element}, ${count}>`;
}

/** Writes a shader. */
export function writeShader(parts: ShaderParts): Shader {
  const {
    bindings,
    workgroupSize,
    workgroups,
    directives = [],
    builtins = [],
    types,
    declarations = [],
    helpers = [],
  } = parts;
  const { halves = new Set() } = bindings;
  const typeOf = (name: string): string => (halves.has(name) ? 'array<f16>' : (types?.get(name) ?? 'array<u32>'));
  const buffers = bindings.isReadOnly.map(
    (isRead, n) =>
      `@group(0) @binding(${n}) var<storage, ${isRead ? 'read' : 'read_write'}> b${n}: ${sized(typeOf(`b${n}`), bindings.bytes?.[n])};`,
  );
  const functions = functionTexts(helpers);
  const usesOpaqueZero = functions.some((text) => text.includes(OPAQUE_ZERO.name));
  const code = [
    ...(halves.size > 0 ? ['enable f16;'] : []),
    ...directives,
    ...buffers,
    ...declarations,
    ...functions,
    `@compute @workgroup_size(${workgroupSize})`,
    `fn main(${[...BUILTINS, ...builtins].join(', ')}) {`,
    '  let group = workgroup_id.x + workgroup_id.y * grid.x;',
    `  if (group >= ${workgroups}u) { return; }`,
    ...(usesOpaqueZero ? [`  ${OPAQUE_ZERO.line}`] : []),
    ...parts.body.map((line) => `  ${line}`),
    '}',
    '',
  ].join('\n');
  return { code, workgroups, isReadOnly: bindings.isReadOnly };
}
