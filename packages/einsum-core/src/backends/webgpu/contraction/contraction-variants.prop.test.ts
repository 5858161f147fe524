import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DType } from '../../../base/dtype.ts';
import type { ContractionKernel } from '../../../kernels/contraction.ts';
import { contractions } from '../../../kernels/contraction-arbitrary.test-helper.ts';
import { groupsOf } from '../../wasm/gemm/contraction-mismatches.test-helper.ts';
import { noGpu, useTestGpu } from '../gpu.test-helper.ts';
import type { ContractionSchedule } from './contraction-schedule.ts';
import { contractionShader } from './contraction-shader.ts';
import { machineOf } from './machine.ts';
import { type OperandPlaces, shaderMismatches } from './shader-mismatches.test-helper.ts';

const schedules: readonly ContractionSchedule[] = [
  { kind: 'registers', rows: 1, columns: 1, lanes: 1 },
  { kind: 'registers', rows: 3, columns: 2, lanes: 4 },
  { kind: 'registers', rows: 4, columns: 4, lanes: 8 },
  { kind: 'registers', rows: 16, columns: 16, lanes: 4 },
  { kind: 'registers', rows: 3, columns: 2, lanes: 4, sharesQuads: true },
  { kind: 'registers', rows: 8, columns: 4, lanes: 8, sharesQuads: true },
  { kind: 'registers', rows: 32, columns: 16, lanes: 4, sharesQuads: true },
  { kind: 'tiles', rows: 1, columns: 2, depth: 8 },
  { kind: 'tiles', rows: 4, columns: 4, depth: 16 },
  { kind: 'tiles', rows: 4, columns: 4, depth: 32 },
  { kind: 'tiles', rows: 4, columns: 8, depth: 16 },
  { kind: 'tiles', rows: 8, columns: 8, depth: 16 },
  { kind: 'tiles', rows: 4, columns: 4, depth: 8, loadsVectors: true },
  { kind: 'tiles', rows: 8, columns: 4, depth: 32, loadsVectors: true },
  { kind: 'registers', rows: 5, columns: 2, lanes: 4, sharesQuads: true, workgroup: 16 },
];

const elementTypes = fc.constantFrom<DType>('f32', 'f16', 'bf16');

const goesForward = ({ batch, rows, columns }: ContractionKernel): boolean =>
  [...batch, ...rows, ...columns].every(({ out }) => out >= 0);

const nameOf = (schedule: ContractionSchedule): string => Object.values(schedule).join(' ');

describe.skipIf(noGpu)('every schedule of a contraction', () => {
  const gpu = useTestGpu();
  const mismatches = (
    kernel: ContractionKernel,
    asked: ContractionSchedule,
    places: OperandPlaces = {},
  ): Promise<string[]> => {
    // elsewhere four invocations in a row need not be a quad
    const hasQuads = machineOf(gpu().memory.state.gpu) === 'software quads';
    const schedule = asked.kind === 'tiles' || hasQuads ? asked : { ...asked, sharesQuads: false };
    return shaderMismatches(gpu(), kernel, (call, bindings) => contractionShader(call, schedule, bindings), places);
  };

  property(
    'equals the loops for any axes and strides, and writes nothing else',
    fc.record({
      kernel: contractions.filter(goesForward),
      schedule: fc.constantFrom(...schedules),
      shift: fc.constantFrom(0, 1, 4),
      types: fc.tuple(elementTypes, elementTypes),
    }),
    async ({ kernel, schedule, shift, types }) => {
      expect(await mismatches(kernel, schedule, { shift, types })).toEqual([]);
    },
    { runs: 60 },
  );

  const stored = ['f16', 'bf16'] as const;
  it.each([1, 4, 7, 12].flatMap((n) => stored.map((type) => [nameOf(schedules[n]), type, schedules[n]] as const)))(
    '%s multiplies %s as it is stored, by fours where it lies so',
    async (_, type, schedule) => {
      for (const pattern of ['mk,kn->mn', 'km,nk->mn']) {
        const kernel = groupsOf(pattern, { m: 20, n: 12, k: 36 });
        const wrong = await mismatches(kernel, schedule, { types: [type, type] });
        expect({ pattern, wrong }).toEqual({ pattern, wrong: [] });
      }
    },
  );

  const edges = [
    { pattern: 'km,nk->nm', more: -1 },
    { pattern: 'mk,kn->mn', more: 0 },
    { pattern: 'bmk,bkn->mbn', more: 1 },
  ];
  it.each(schedules.map((schedule) => [nameOf(schedule), schedule] as const))(
    '%s equals the loops where a tile ends, one before and one beyond',
    async (_, schedule) => {
      const [side, lanes] = schedule.kind === 'tiles' ? [8, 8] : [1, schedule.lanes];
      const [rows, columns] = [schedule.rows * side, schedule.columns * lanes];
      for (const { pattern, more } of edges) {
        const kernel = groupsOf(pattern, { b: 2, m: 2 * rows + more, n: columns + more, k: 16 + 4 * more });
        expect({ pattern, wrong: await mismatches(kernel, schedule) }).toEqual({ pattern, wrong: [] });
      }
    },
    60_000,
  );

  it.each(schedules.map((schedule) => [nameOf(schedule), schedule] as const))(
    '%s gives zeros where nothing is summed',
    async (_, schedule) => {
      expect(await mismatches(groupsOf('mk,kn->mn', { m: 5, n: 3, k: 0 }), schedule)).toEqual([]);
    },
  );
});
