import type { ContractionAxis, ContractionKernel } from '../../../kernels/contraction.ts';
import { createModuleBuilder } from '../emit/module-builder.ts';
import { randomValues, reach } from './contraction-mismatches.test-helper.ts';
import type { Tensor } from './dimension.ts';
import { type ContractionOptions, emitContraction } from './emit-contraction.ts';

/** A contraction of some indices of an output axis, and where it starts in each tensor, in elements. */
export interface ContractionPart {
  readonly kernel: ContractionKernel;
  readonly start: Readonly<Record<Tensor, number>>;
}

type Group = 'batch' | 'rows' | 'columns';

/** The output's axes, as group and position. */
export function outputAxes(kernel: ContractionKernel): { group: Group; position: number }[] {
  return (['batch', 'rows', 'columns'] as const).flatMap((group) =>
    kernel[group].map((_, position) => ({ group, position })),
  );
}

/** Cuts one output axis at these indices, which must grow. */
export function splitContraction(
  kernel: ContractionKernel,
  { group, position }: { readonly group: Group; readonly position: number },
  cuts: readonly number[],
): ContractionPart[] {
  const axis = kernel[group][position];
  const ends = [...cuts, axis.size];
  return ends.map((end, i) => {
    const first = i === 0 ? 0 : ends[i - 1];
    const axes: ContractionAxis[] = kernel[group].map((other) =>
      other === axis ? { ...axis, size: end - first } : other,
    );
    return {
      kernel: { ...kernel, [group]: axes },
      start: { left: first * axis.left, right: first * axis.right, out: first * axis.out },
    };
  });
}

/** The output's bits after running the parts one after the other. About every fourth operand is a zero of either sign. */
export function contractionBits(
  whole: ContractionKernel,
  parts: readonly ContractionPart[],
  options: ContractionOptions & { readonly seed: number },
): number[] {
  const module = createModuleBuilder();
  const emitted = parts.map(({ kernel }, i) => {
    const made = emitContraction(module, kernel, options);
    module.export(`run${i}`, made.functionIndex);
    return made;
  });
  const spans = { left: reach(whole, 'left'), right: reach(whole, 'right'), out: reach(whole, 'out') };
  const lengthOf = ({ low, high }: { low: number; high: number }): number => high - low + 1;
  let words = 0;
  const take = (count: number): number => {
    const at = words;
    words += 4 * Math.ceil((count + 8) / 4);
    return at;
  };
  const at = { left: take(lengthOf(spans.left)), right: take(lengthOf(spans.right)), out: take(lengthOf(spans.out)) };
  const places = emitted.map(({ scratchBytes, tables }) => ({
    scratch: take(scratchBytes / 4),
    tables: take(tables.length),
  }));
  const memory = new WebAssembly.Memory({ initial: Math.ceil(words / 16384) });
  const f32 = new Float32Array(memory.buffer);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), { env: { memory } });
  for (const tensor of ['left', 'right'] as const) {
    const values = randomValues(lengthOf(spans[tensor]), options.seed + (tensor === 'left' ? 0 : 1));
    f32.set(
      values.map((value) => (value > 0.75 ? 0 : value < -0.75 ? -0 : value)),
      at[tensor],
    );
  }
  parts.forEach(({ start }, i) => {
    new Int32Array(memory.buffer).set(emitted[i].tables, places[i].tables);
    const address = (tensor: Tensor): number => 4 * (at[tensor] - spans[tensor].low + start[tensor]);
    const run = exports[`run${i}`] as (...addresses: number[]) => void;
    run(address('left'), address('right'), address('out'), 4 * places[i].scratch, 4 * places[i].tables);
  });
  return [...new Int32Array(memory.buffer, 4 * at.out, lengthOf(spans.out))];
}
