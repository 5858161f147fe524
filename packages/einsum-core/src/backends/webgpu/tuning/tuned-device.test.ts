import { describe, expect, it } from 'vitest';
import '../../../index.ts';
import { openDevice, openOn } from '../../../device/device.ts';
import { evaluateTensors } from '../../../device/evaluate.ts';
import { einsum } from '../../../operations/einsum.ts';
import { normalizeContraction } from '../../../kernels/contraction.ts';
import { tensor } from '../../../tensor/create.ts';
import { groupsOf, randomValues } from '../../wasm/gemm/contraction-mismatches.test-helper.ts';
import { contractionShader } from '../contraction/contraction-shader.ts';
import { plansToMeasure, scheduleName } from '../contraction/contraction-schedule.ts';
import { machineOf } from '../contraction/machine.ts';
import { dispatchShader, noGpu, useTestGpu } from '../gpu.test-helper.ts';
import { createWebgpuBackend } from '../webgpu-backend.ts';

const side = 128;
const [x, y] = [1, 2].map((seed) => tensor(randomValues(side * side, seed), { shape: [side, side] }));
const product = einsum('m k, k n -> m n', x, y);
const groups = groupsOf('mk,kn->mn', { m: side, k: side, n: side });

describe.skipIf(noGpu)('candidates of a contraction', () => {
  const gpu = useTestGpu();

  it('give the same bits, whichever is chosen', async () => {
    const [m, k, n] = [36, 64, 44];
    const contraction = groupsOf('mk,kn->mn', { m, k, n });
    const kernel = normalizeContraction(contraction);
    const { memory } = gpu();
    const machines = ['card', machineOf(memory.state.gpu)] as const;
    const buffers = [randomValues(m * k, 1), randomValues(k * n, 2)].map((list) => memory.upload(list, 'f32'));
    const results = new Map<string, Uint8Array>();
    for (const machine of machines) {
      for (const { schedule } of plansToMeasure(kernel, machine, 6)) {
        const out = memory.upload(new Float32Array(m * n).fill(Number.NaN), 'f32');
        const bindings = { names: ['b0', 'b1', 'b2'], isReadOnly: [true, true, false] };
        const shader = contractionShader({ kind: 'contract', contraction, offsets: [0, 0] }, schedule, bindings);
        await dispatchShader(gpu(), shader, [...buffers, out]);
        results.set(scheduleName(schedule), new Uint8Array((await out.read()).buffer));
        out.release();
      }
    }
    for (const buffer of buffers) buffer.release();
    expect(results.size).toBeGreaterThan(4);
    const [[, first]] = results;
    for (const [name, bytes] of results) expect({ name, bytes }).toEqual({ name, bytes: first });
  });
});

describe.skipIf(noGpu)('a device that tunes', () => {
  it('takes what the clock says is the fastest, gives its choices, and another device takes them over', async () => {
    // reads in pairs, three for each candidate: the third candidate is said to be the fastest
    let reads = 0;
    let now = 0;
    const clock = (): number => {
      const isEnd = reads % 2 === 1;
      const candidate = Math.floor(reads / 6);
      reads += 1;
      now += isEnd && candidate !== 2 ? 5 : 1;
      return now;
    };
    const backend = await createWebgpuBackend({ tune: true, clock });
    const tuned = openOn(backend);
    const [kept] = await evaluateTensors([product], tuned);
    const values = new Uint8Array((await kept.data()).buffer);
    const choices = tuned.choices();
    const machine = await machineHere();
    const candidates = plansToMeasure(normalizeContraction(groups), machine, 6);
    expect(reads).toBe(6 * candidates.length);
    expect(choices.adapter).toBe(tuned.capabilities['adapter']);
    expect(Object.values(choices.contractions)).toEqual([scheduleName(candidates[2].schedule)]);
    tuned.close();

    const later = await openDevice('webgpu', { choices: JSON.parse(JSON.stringify(choices)) });
    expect(later.choices()).toEqual(choices);
    later.close();
    const plain = openOn(await createWebgpuBackend({ clock }));
    const before = reads;
    const [untuned] = await evaluateTensors([product], plain);
    expect(new Uint8Array((await untuned.data()).buffer)).toEqual(values);
    // a processor that imitates a card measures nothing unless it is told to
    if (plain.capabilities['isSoftware'] === true) expect(reads).toBe(before);
    plain.close();
  }, 120_000);

  it('refuses choices that are none before it opens anything', async () => {
    await expect(openDevice('webgpu', { choices: JSON.parse('{"adapter":1}') })).rejects.toMatchObject({
      code: 'option',
      message: expect.stringContaining('choices.adapter is 1'),
    });
  });
});

async function machineHere() {
  const { openGpuDevice } = await import('../open-gpu-device.ts');
  const { gpu, close } = await openGpuDevice({});
  const machine = machineOf(gpu);
  close();
  return machine;
}
