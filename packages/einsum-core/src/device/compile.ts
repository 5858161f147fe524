import { deviceError } from '../base/errors.ts';
import { mapTree, treeLeaves } from '../base/tree.ts';
import type { Executable } from '../program/backend.ts';
import { traceGraph } from '../program/graph.ts';
import { isTensor, type KeptBuffer, Tensor } from '../tensor/tensor.ts';
import { type Device, type OpenDevice, opened } from './device.ts';
import { evaluateTensors } from './evaluate.ts';
import { bufferOf, commonDevice, keptTensor, releaseTensor } from './kept.ts';

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
  /** Kernels, multiply-accumulates, bytes and memory of every signature seen so far. */
  explain(): string;
  /** Frees the programs and what they captured. */
  dispose(): void;
}

interface Program {
  readonly executable: Executable;
  readonly device: OpenDevice;
  /** f's result with tensors where kept results go. */
  readonly template: unknown;
  readonly outputs: readonly Tensor[];
  /** Values that the function closed over, uploaded once. */
  readonly captured: readonly { readonly buffer: KeptBuffer; readonly temporary: boolean }[];
}

/** What decides which program runs: the arguments' trees, shapes and types, and the values of leaves that are no tensors. */
function signatureOf(values: readonly unknown[]): string {
  return JSON.stringify(
    mapTree<unknown>(values, (leaf) =>
      isTensor(leaf) ? `${leaf.dtype}[${leaf.shape.join()}]` : `${typeof leaf} ${leaf}`,
    ),
  );
}

/**
 * Runs `f` once per signature of its arguments with placeholders, and keeps the program: later calls with equal shapes
 * replay it without building a graph. Numbers and strings among the arguments are part of the signature; pass what
 * changes from call to call as a tensor.
 *
 * @param f - from trees of tensors to a tree of tensors (other leaves pass through as they were at tracing); pure, and
 *   without awaiting
 */
export function compile<Arguments extends readonly unknown[], Output>(
  f: (...values: Arguments) => Output,
  options: CompileOptions = {},
): Compiled<Arguments, Output> {
  const programs = new Map<OpenDevice, Map<string, Promise<Program>>>();
  const wanted = options.device === undefined ? undefined : opened(options.device);

  const build = async (values: Arguments, device: OpenDevice): Promise<Program> => {
    const placeholders: Tensor[] = [];
    const traced = mapTree<Arguments>(values, (leaf) => {
      if (!isTensor(leaf)) return leaf;
      const placeholder = new Tensor(leaf.shape, leaf.dtype, { kind: 'placeholder' });
      placeholders.push(placeholder);
      return placeholder;
    });
    const template = f(...traced);
    const outputs = treeLeaves(template).filter(isTensor);
    const { graph, inputs } = traceGraph(outputs, placeholders);
    const closedOver = inputs.slice(placeholders.length);
    commonDevice(closedOver, device);
    const executable = await device.backend.compile(graph);
    const program = {
      executable,
      device,
      template,
      outputs,
      captured: closedOver.map((input) => bufferOf(input, device)),
    };
    finished.push(program);
    return program;
  };

  const call = async (...values: Arguments): Promise<Output> => {
    const leaves = treeLeaves(values).filter(isTensor);
    const device = commonDevice(leaves, wanted);
    const key = signatureOf(values);
    const known = programs.get(device) ?? new Map<string, Promise<Program>>();
    programs.set(device, known);
    let pending = known.get(key);
    if (pending === undefined) {
      pending = build(values, device);
      known.set(key, pending);
      pending.catch(() => known.delete(key));
    }
    const program = await pending;
    if (program.captured.some(({ buffer }) => !buffer.isLive)) {
      throw deviceError(
        'compile: a kept tensor that the function closed over was disposed of or donated; pass it as an argument instead',
      );
    }
    const lazy = leaves.filter((leaf) => leaf.origin.kind === 'operation');
    const ready = lazy.length === 0 ? [] : await evaluateTensors(lazy, device);
    const held = leaves.map((leaf) =>
      bufferOf(leaf.origin.kind === 'operation' ? ready[lazy.indexOf(leaf)] : leaf, program.device),
    );
    try {
      const buffers = await program.executable.run([...held, ...program.captured].map(({ buffer }) => buffer));
      const results = program.outputs.map((output, i) => keptTensor(output.shape, output.dtype, buffers[i]));
      for (const position of options.donate ?? []) treeLeaves(values[position]).filter(isTensor).forEach(releaseTensor);
      let next = 0;
      return mapTree<Output>(program.template, (leaf) => (isTensor(leaf) ? results[next++] : leaf));
    } finally {
      for (const { buffer, temporary } of held) if (temporary) buffer.release();
      for (const tensor of ready) releaseTensor(tensor);
    }
  };

  const finished: Program[] = [];
  return Object.assign(call, {
    explain: () =>
      finished.length === 0
        ? 'compile: no call yet'
        : finished.map(({ executable }) => executable.explain()).join('\n\n'),
    dispose(): void {
      for (const { executable, captured } of finished) {
        executable.release();
        for (const { buffer, temporary } of captured) if (temporary) buffer.release();
      }
      finished.length = 0;
      programs.clear();
    },
  });
}
