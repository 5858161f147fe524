import { describeKernel } from '../../../kernels/describe-kernel.ts';
import type { KernelCall, SortKernel } from '../../../kernels/kernel.ts';
import type { LoweredProgram } from '../../../program/lower.ts';
import { type PairedStages, pairStages } from '../contraction/pair-stages.ts';
import { foldEpilogues } from '../contraction/fold-epilogues.ts';
import { isStored, type PlacedCall, readStored, type StoredCall } from '../contraction/stored-operands.ts';
import { stageReads } from '../contraction/two-stages.ts';
import { twoStageShader } from '../contraction/two-stage-shader.ts';
import { gatherShader } from '../indexing/gather-shader.ts';
import { scanShader } from '../indexing/scan-shader.ts';
import { scatterShader } from '../indexing/scatter-shader.ts';
import { blockSortShader, mergeShader, SORT_BLOCK } from '../indexing/sort-shaders.ts';
import { windowSumShader } from '../indexing/window-sum-shader.ts';
import { sumsOfStored } from '../loops/sums-of-stored.ts';
import { packCalls, spreadHalves } from '../loops/spread-halves.ts';
import type { Target } from '../target.ts';
import { createProgramWriter, type ExpandedProgram, type ProgramWriter } from './program-writer.ts';

/** Writes every kernel of a program as one shader or several, in the forms that suit the device. */
export function expandProgram(program: LoweredProgram, target: Target): ExpandedProgram {
  const writer = createProgramWriter(program.buffers, target);
  const whole = wholeCalls(program, target);
  const pairs = pairStages(whole, program, target);
  const paired = new Set([...pairs.values()].map(({ first }) => first.place));
  const calls = whole.filter(({ place }) => !paired.has(place));
  const spreads = target.writesHalves ? [] : spreadHalves(calls, program.buffers, writer.addTemporary);
  calls.forEach((plain, n) => {
    const { call, packings } = spreads[n] ?? { call: plain, packings: [] };
    const note = { call: plain.place, label: describeKernel(call.kernel) };
    const pair = pairs.get(plain.place);
    if (pair !== undefined && isStored(call)) writeStages(writer, note, pair, call);
    else writeCall(writer, note, call);
    for (const packing of packings) {
      for (const pack of packCalls(program.buffers[packing.packed].elements, packing)) writer.addLoop(note, pack);
    }
  });
  return { ...writer.written(), calls: callsInPlace(program, whole) };
}

type Note = Parameters<ProgramWriter['add']>[0];

/** The calls, where contractions end with what follows them as far as the device wants that. */
function wholeCalls(program: LoweredProgram, target: Target): PlacedCall[] {
  const stored = readStored(program);
  return target.foldsEpilogues ? foldEpilogues(stored.flatMap(sumsApart), program, target) : stored;
}

/** A loop whose sums of what it stores come behind it. */
const sumsApart = ({ kernel, place, ...operands }: PlacedCall): PlacedCall[] =>
  kernel.kind === 'loop'
    ? sumsOfStored({ kernel, ...operands }).map((call) => ({ ...call, place }))
    : [{ kernel, place, ...operands }];

/** The program's calls by their place, as they are computed where one kernel does that. */
function callsInPlace({ calls }: LoweredProgram, whole: readonly PlacedCall[]): KernelCall[] {
  const made = calls.map((): PlacedCall[] => []);
  for (const call of whole) made[call.place].push(call);
  return calls.map((call, place) => (made[place].length === 1 ? made[place][0] : call));
}

function writeCall(writer: ProgramWriter, note: Note, call: KernelCall): void {
  const { kernel, reads, writes } = call;
  switch (kernel.kind) {
    case 'loop':
      return writer.addLoop(note, { kernel, reads, writes });
    case 'contract':
      return writer.addContraction(note, { kernel, reads, writes });
    case 'gather':
      return writer.add(note, call, (bindings) => gatherShader(kernel, bindings));
    case 'scatter':
      return writer.add(note, call, (bindings) => scatterShader(kernel, bindings));
    case 'scan':
      return writer.add(note, call, (bindings) => scanShader(kernel, bindings));
    case 'windowSum':
      return writer.add(note, call, (bindings) => windowSumShader(kernel, bindings));
    case 'indexedContraction':
      return writer.addIndexed(note, { kernel, reads, writes });
    case 'argSort':
      return writeSort(writer, note, kernel, [reads[0], writes[0]]);
  }
}

/** Both contractions of a pair. */
function writeStages(
  writer: ProgramWriter,
  { call, label }: Note,
  { first, stages, tile }: PairedStages,
  second: StoredCall,
): void {
  const note = { call, label: `${describeKernel(first.kernel)}, then ${label}` };
  const operands = { reads: stageReads(stages, first, second), writes: second.writes };
  const { epilogue } = second.kernel;
  const ended = epilogue === undefined ? stages : { ...stages, epilogue };
  writer.add(note, operands, (bindings) => twoStageShader(ended, tile, bindings));
}

/** Blocks that are sorted, and then merged two by two. */
function writeSort(
  writer: ProgramWriter,
  note: Note,
  kernel: SortKernel,
  [x, out]: readonly [x: number, out: number],
): void {
  const merges = Math.max(0, Math.ceil(Math.log2(kernel.count / SORT_BLOCK)));
  const elements = kernel.outer * kernel.count * kernel.inner;
  const other = merges === 0 ? out : writer.addTemporary('i32', elements);
  // each merge goes to the buffer that the one before it did not use; the last to the result
  const targetOf = (merge: number): number => ((merges - merge) % 2 === 0 ? out : other);
  writer.add(note, { reads: [x], writes: [targetOf(0)] }, (bindings) => blockSortShader(kernel, bindings));
  for (let merge = 1; merge <= merges; merge++) {
    const run = SORT_BLOCK * 2 ** (merge - 1);
    const order = { reads: [x, targetOf(merge - 1)], writes: [targetOf(merge)] };
    writer.add(note, order, (bindings) => mergeShader(kernel, run, bindings));
  }
}
