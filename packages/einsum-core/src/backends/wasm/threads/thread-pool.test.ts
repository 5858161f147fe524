import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { FunctionBuilder } from '../emit/function-builder.ts';
import { createModuleBuilder } from '../emit/module-builder.ts';
import { CONTROL_BYTES, emitBarrier } from './emit-barrier.ts';
import { createThreadPool, type ThreadedProgram, type ThreadPool } from './thread-pool.ts';

const CONTROL = 64;
const WORDS = CONTROL + CONTROL_BYTES;

/** A memory, and a program of one function per thread that gets (barrier, control). */
async function loaded(
  pool: ThreadPool,
  bodies: readonly ((f: FunctionBuilder, wait: () => void) => void)[],
): Promise<{ readonly program: ThreadedProgram; readonly words: Int32Array }> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  const module = createModuleBuilder({ isShared: true });
  const barrier = emitBarrier(module, bodies.length);
  bodies.forEach((body, thread) => {
    const run = module.addFunction(['i32'], (f) =>
      body(f, () => {
        f.get(0);
        f.call(barrier);
      }),
    );
    module.export(`run${thread}`, run);
  });
  const program = await pool.load(await WebAssembly.compile(module.finish()), memory, bodies.length);
  return { program, words: new Int32Array(memory.buffer, WORDS, 1024) };
}

/** words[to] = words[from] + 1 */
const addOne = (f: FunctionBuilder, to: number, from: number): void => {
  f.i32(WORDS + 4 * to);
  f.i32(WORDS + 4 * from);
  f.load('i32.load');
  f.i32(1);
  f.op('i32.add');
  f.store('i32.store');
};

describe('a pool of threads', () => {
  it('shows each thread, after a barrier, what the others wrote before it', async () => {
    const pool = createThreadPool(2);
    // a chain that alternates between the threads: a thread that did not wait would find an old number
    const links = 200;
    const chain = (thread: number) => (f: FunctionBuilder, wait: () => void) => {
      for (let link = 0; link < links; link++) {
        if (link % 2 === thread) addOne(f, link + 1, link);
        wait();
      }
    };
    const { program, words } = await loaded(pool, [chain(0), chain(1)]);
    for (let round = 0; round < 50; round++) {
      words.fill(0);
      words[0] = round;
      await program.run([CONTROL]);
      expect(words[links]).toBe(round + links);
    }
    pool.close();
  });

  it('runs programs one after the other whether its threads are still listening, gone, or busy with a message', async () => {
    const pool = createThreadPool(3);
    /** The threads take turns: each adds one to what the one before it wrote. */
    const bodies = [0, 1, 2].map((thread) => (f: FunctionBuilder, wait: () => void) => {
      for (const turn of [0, 1, 2]) {
        if (turn === thread) addOne(f, turn + 1, turn);
        wait();
      }
    });
    const first = await loaded(pool, bodies);
    let second = await loaded(pool, bodies);
    const pause = (milliseconds: number): void => {
      const until = performance.now() + milliseconds;
      while (performance.now() < until);
    };
    const pauses = [0, 0, 0.05, 0.19, 0.2, 0.21, 0.5, 0];
    for (let round = 0; round < 200; round++) {
      for (const { program, words } of [first, second]) {
        words[0] = round;
        expect(program.run([CONTROL])).toBeUndefined();
        expect([...words.subarray(0, 4)]).toEqual([round, round + 1, round + 2, round + 3]);
        pause(pauses[round % pauses.length]);
      }
      if (round % 10 === 7) second.program.release();
      if (round % 10 === 7) second = await loaded(pool, bodies);
    }
    pool.close();
  });

  it('lets a program be loaded while others run without a pause', async () => {
    const pool = createThreadPool(2);
    const bodies = [0, 1].map(() => (_: FunctionBuilder, wait: () => void) => wait());
    const { program } = await loaded(pool, bodies);
    let isLoaded = false;
    const next = loaded(pool, bodies).then(() => {
      isLoaded = true;
    });
    const until = performance.now() + 5000;
    while (!isLoaded && performance.now() < until) {
      for (let i = 0; i < 20; i++) expect(program.run([CONTROL])).toBeUndefined();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(isLoaded).toBe(true);
    await next;
    pool.close();
  });

  it('ends in an error, not in waiting, when another thread fails, and refuses to go on', async () => {
    const pool = createThreadPool(3);
    const bodies = [
      (_: FunctionBuilder, wait: () => void) => wait(),
      (f: FunctionBuilder) => f.op('unreachable'),
      (_: FunctionBuilder, wait: () => void) => wait(),
    ];
    const { program } = await loaded(pool, bodies);
    expect(() => program.run([CONTROL])).toThrow(expect.objectContaining({ code: 'device' }));
    expect(() => program.run([CONTROL])).toThrow(/a thread of the device failed.*open another device/);
    await expect(loaded(pool, bodies)).rejects.toThrow(/a thread of the device failed/);
    pool.close();
  });

  it.each([0, 1])('ends when a thread failed long before thread %i came to wait for it', async (late) => {
    const pool = createThreadPool(2);
    const dawdle = (f: FunctionBuilder, wait: () => void): void => {
      const left = f.local('i32');
      f.i32(100_000_000);
      f.set(left);
      f.loop(() => {
        f.increment(left, -1);
        f.get(left);
        f.brIf(0);
      });
      wait();
    };
    const fail = (f: FunctionBuilder): void => f.op('unreachable');
    const { program } = await loaded(pool, late === 0 ? [dawdle, fail] : [fail, dawdle]);
    expect(() => program.run([CONTROL])).toThrow(/a thread of the device failed/);
    pool.close();
  });

  it('lets the other threads go when the calling one fails', async () => {
    const pool = createThreadPool(2);
    const { program } = await loaded(pool, [
      (f) => f.op('unreachable'),
      (f, wait) => {
        wait();
        addOne(f, 0, 0);
      },
    ]);
    expect(() => program.run([CONTROL])).toThrow(/a thread of the device failed/);
    pool.close();
  });

  it('does not keep a process running', () => {
    const source = fileURLToPath(new URL('../../../index.ts', import.meta.url));
    const script = `
      import { openDevice, setDefaultDevice, random } from ${JSON.stringify(source)};
      const device = await openDevice('wasm', { threads: 2 });
      setDefaultDevice(device);
      const x = random.normal(random.key(0), [512, 512]);
      console.log((await x.multiply(x).sum().item()) > 0, device.capabilities.threads);
    `;
    const output = execFileSync(
      process.execPath,
      ['--conditions=source', '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script],
      { encoding: 'utf8', timeout: 20_000 },
    );
    expect(output).toBe('true 2\n');
  });
});
