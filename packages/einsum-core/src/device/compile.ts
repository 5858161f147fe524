import { deviceError } from '../base/errors.ts';
import { isBranch, mapTree, treeLeaf, treeLeaves } from '../base/tree.ts';
import type { Executable } from '../program/backend.ts';
import { traceGraph } from '../program/graph.ts';
import { isTensor, type KeptBuffer, Tensor } from '../tensor/tensor.ts';
import { type Device, type OpenDevice, opened, PROGRAM_LIMIT } from './device.ts';
import { evaluateTensors } from './evaluate.ts';
import { bufferOf, commonDevice, keptTensor, releaseTensor, withBuffers } from './kept.ts';
import { createProgramCache, type ProgramCache } from './program-cache.ts';
import { withRoom } from './with-room.ts';

/** How a function is compiled. */
export interface CompileOptions {
  /** Positions of arguments whose kept tensors are used up by a call: their memory is freed after it and may be reused. */
  readonly donate?: readonly number[];
  /** Where to run; default the device of the arguments, else the current one. */
  readonly device?: Device;
}

/** A compiled function: a promise of f's results, which are kept tensors. */
export interface Compiled<Arguments extends readonly unknown[], Output> {
  (...values: Arguments): Promise<Output>;
  /** Kernels, multiply-accumulates, bytes and memory of every program that is held. */
  explain(): string;
  /** Frees the programs and what they captured. */
  dispose(): void;
}

interface Program {
  readonly executable: Executable;
  readonly explain: () => string;
  /** f's result with tensors where kept results go. */
  readonly template: unknown;
  readonly outputs: readonly Tensor[];
  /** Values that the function closed over, uploaded once. */
  readonly captured: readonly { readonly buffer: KeptBuffer; readonly temporary: boolean }[];
}

/** Frees a program and what it captured. */
function releaseProgram({ executable, captured }: Pick<Program, 'executable' | 'captured'>): void {
  executable.release();
  for (const { buffer, temporary } of captured) if (temporary) buffer.release();
}

const assertCaptured = (program: Program): void => {
  if (program.captured.some(({ buffer }) => !buffer.isLive)) {
    throw deviceError(
      'compile: a kept tensor that the function closed over was disposed of or donated; pass it as an argument instead',
    );
  }
};

const runWith = (program: Program, given: readonly KeptBuffer[], device: OpenDevice): ReturnType<Executable['run']> =>
  program.executable.run([...given, ...program.captured.map(({ buffer }) => buffer)], device.observer);

const outputsOf = ({ outputs }: Program, buffers: readonly KeptBuffer[]): Tensor[] =>
  outputs.map((output, i) => keptTensor(output.shape, output.dtype, buffers[i]));

/** At once where nothing has to be computed, uploaded or waited for first. */
const replay = (
  program: Program,
  leaves: readonly Tensor[],
  device: OpenDevice,
): readonly Tensor[] | Promise<readonly Tensor[]> => {
  assertCaptured(program);
  if (!leaves.every(({ origin }) => origin.kind === 'kept')) return replayLazy(program, leaves, device);
  const given = leaves.map((leaf) => bufferOf(leaf, device).buffer);
  const buffers = runWith(program, given, device);
  return buffers instanceof Promise ? buffers.then((ended) => outputsOf(program, ended)) : outputsOf(program, buffers);
};

const replayLazy = async (
  program: Program,
  leaves: readonly Tensor[],
  device: OpenDevice,
): Promise<readonly Tensor[]> => {
  const lazy = leaves.filter((leaf) => leaf.origin.kind === 'operation');
  const ready = lazy.length === 0 ? [] : await evaluateTensors(lazy, device);
  const computed = leaves.map((leaf) => (leaf.origin.kind === 'operation' ? ready[lazy.indexOf(leaf)] : leaf));
  try {
    const buffers = await withBuffers(computed, device, (given) => runWith(program, given, device));
    return outputsOf(program, buffers);
  } finally {
    for (const tensor of ready) releaseTensor(tensor);
  }
};

const identities = new WeakMap<object, number>();
let identityCount = 0;

/** What tells objects apart that print alike; nothing for values, and for descriptions, which are what they print. */
function identityOf(node: unknown): string {
  if ((typeof node !== 'object' && typeof node !== 'function') || node === null || treeLeaf in node) return '';
  const known = identities.get(node) ?? identityCount++;
  identities.set(node, known);
  return `#${known}`;
}

/**
 * What decides which program runs: the arguments' trees, shapes and types, and of leaves that are no tensors the values,
 * the text of descriptions, or which object it is.
 */
function signatureOf(values: readonly unknown[]): string {
  const sign = (node: unknown): string => {
    if (isTensor(node)) return `${node.dtype}[${node.shape.join()}]`;
    if (node === null || node === undefined) return `${node}`;
    if (!isBranch(node)) {
      const text = Object.is(node, -0) ? '-0' : String(node);
      return JSON.stringify(`${typeof node} ${text}`) + identityOf(node);
    }
    if (Array.isArray(node)) return `[${node.map(sign).join()}]`;
    return `{${Object.entries(node)
      .map(([name, child]) => `${JSON.stringify(name)}:${sign(child)}`)
      .join()}}`;
  };
  return sign(values);
}

/**
 * Runs `f` once per signature of its arguments with stand-ins for them, and keeps the program: later calls with equal shapes
 * replay it without building a graph. Numbers, strings, functions and other objects among the arguments are part of the
 * signature, objects by identity; pass what changes from call to call as a tensor. The programs of the last 128
 * signatures are held on each device.
 *
 * @param f - from trees of tensors to a tree of tensors (other leaves pass through as they were at tracing); pure, and
 *   without awaiting
 */
export function compile<Arguments extends readonly unknown[], Output>(
  f: (...values: Arguments) => Output,
  options: CompileOptions = {},
): Compiled<Arguments, Output> {
  const caches = new Map<OpenDevice, ProgramCache<Program>>();
  const held = new Set<Program>();
  const wanted = options.device === undefined ? undefined : opened(options.device);

  const cacheOf = (device: OpenDevice): ProgramCache<Program> => {
    const known = caches.get(device);
    if (known !== undefined) return known;
    const cache = createProgramCache<Program>(PROGRAM_LIMIT, (program) => {
      held.delete(program);
      releaseProgram(program);
    });
    caches.set(device, cache);
    return cache;
  };

  const build = async (values: Arguments, device: OpenDevice): Promise<Program> => {
    const standIns: Tensor[] = [];
    const traced = mapTree<Arguments>(values, (leaf) => {
      if (!isTensor(leaf)) return leaf;
      const standIn = new Tensor(leaf.shape, leaf.dtype, { kind: 'argument' });
      standIns.push(standIn);
      return standIn;
    });
    const template = f(...traced);
    const outputs = treeLeaves(template).filter(isTensor);
    const { graph, inputs } = traceGraph(outputs, standIns);
    const closedOver = inputs.slice(standIns.length);
    commonDevice(closedOver, device);
    const executable = await device.backend.compile(graph);
    const captured: Program['captured'][number][] = [];
    let explain: Program['explain'];
    try {
      explain = await executable.explainer();
      for (const input of closedOver) captured.push(bufferOf(input, device));
    } catch (error) {
      releaseProgram({ executable, captured });
      throw error;
    }
    const program = { executable, explain, template, outputs, captured };
    held.add(program);
    return program;
  };

  const call = async (...values: Arguments): Promise<Output> => {
    const leaves = treeLeaves(values).filter(isTensor);
    const device = commonDevice(leaves, wanted);
    return withRoom(device, () =>
      cacheOf(device).use(
        signatureOf(values),
        () => build(values, device),
        (program) => {
          const finish = (results: readonly Tensor[]): Output => {
            for (const position of options.donate ?? [])
              treeLeaves(values[position]).filter(isTensor).forEach(releaseTensor);
            let next = 0;
            return mapTree<Output>(program.template, (leaf) => (isTensor(leaf) ? results[next++] : leaf));
          };
          const results = replay(program, leaves, device);
          return results instanceof Promise ? results.then(finish) : finish(results);
        },
      ),
    );
  };

  return Object.assign(call, {
    explain: () =>
      held.size === 0 ? 'compile: no call yet' : Array.from(held, ({ explain }) => explain()).join('\n\n'),
    dispose(): void {
      held.clear();
      for (const cache of caches.values()) cache.clear();
      caches.clear();
    },
  });
}
