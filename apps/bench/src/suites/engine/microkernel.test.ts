import { describe, expect, it } from 'vitest';
import { checkResult } from '../../harness/check.ts';
import { contractExactly } from '../../work/exact.ts';
import { operandsOf } from '../../work/operands.ts';
import { multiplyAddModule } from './microkernel.ts';

const sizes = { k: 256, m: 6, n: 8 };
const work = { name: 'tile', pattern: 'km,kn->mn', steps: ['km,kn->mn'], sizes, weights: false };

describe.each([true, false])('multiplyAddModule(%s)', (isRelaxed) => {
  it('sums every product of its panels, however often it runs', async () => {
    const { instance } = await WebAssembly.instantiate(multiplyAddModule(isRelaxed));
    const { run, memory } = instance.exports;
    if (typeof run !== 'function' || !(memory instanceof WebAssembly.Memory)) throw new Error('exports are missing');
    const [left = new Float32Array(0), right = new Float32Array(0)] = operandsOf(work);
    new Float32Array(memory.buffer).set(left, 0);
    new Float32Array(memory.buffer).set(right, 0x4000 / 4);
    run(3);
    const tile = new Float32Array(memory.buffer, 0x8000, 48);
    expect(checkResult(tile, contractExactly(work, [left, right]), 256)).toMatchObject({ isRight: true });
  });
});
