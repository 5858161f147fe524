import { describe, expect, it } from 'vitest';
import { multiplyAddModule } from './microkernel.ts';
import { withTimedWasm } from './timed-wasm.ts';

const runOf = ({ exports }: WebAssembly.Instance): ((turns: number) => void) => {
  const { run } = exports;
  if (typeof run !== 'function') throw new Error('no function');
  return (turns) => run(turns);
};

describe('withTimedWasm', () => {
  it.each([
    ['bytes', async () => (await WebAssembly.instantiate(multiplyAddModule(false))).instance],
    ['a module', () => WebAssembly.instantiate(new WebAssembly.Module(multiplyAddModule(false)))],
    ['Instance', async () => new WebAssembly.Instance(new WebAssembly.Module(multiplyAddModule(false)))],
  ])('counts the time in functions instantiated from %s, and no other', async (_, make) => {
    const { result, inside } = await withTimedWasm(make);
    expect(inside()).toBe(0);
    const start = performance.now();
    runOf(result)(2000);
    const whole = performance.now() - start;
    const counted = inside();
    expect(counted).toBeGreaterThan(0);
    expect(counted).toBeLessThanOrEqual(whole);
    runOf(await make())(2000);
    expect(inside()).toBe(counted);
  });
});
