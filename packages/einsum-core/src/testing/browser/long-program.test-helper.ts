import { compile, einsum, evaluate, openDevice, random, setDefaultDevice, type Tensor } from '../../index.ts';

/** What came of a run of the long program. */
export interface LongRun {
  /** What the device says of itself. */
  readonly threads: boolean | number | string | undefined;
  readonly relaxedSimd: boolean | number | string | undefined;
  /** A digest of all bits of the result. */
  readonly digest: number;
  readonly milliseconds: number;
  /** How often a timer of this thread fired during the run, and the longest it had to wait. */
  readonly ticks: number;
  readonly longestGap: number;
}

const SIZE = 640;

const program = (x: Tensor): Tensor => {
  let y = x;
  for (let layer = 0; layer < 12; layer++)
    y = einsum('row in, in out -> row out', y, x)
      .multiply(1 / 16)
      .tanh();
  return y.softmax().add(y.sum(0));
};

/** One run of a program that takes some tenths of a second, on a new `wasm` device. */
export async function runLongProgram(threads: number): Promise<LongRun> {
  const device = await openDevice('wasm', { threads });
  setDefaultDevice(device);
  try {
    const x = await evaluate(random.normal(random.key(7), [SIZE, SIZE]));
    const run = compile(program);
    (await run(x)).dispose(); // compiles
    const timer = startTimer();
    const result = await run(x);
    const times = timer.stop();
    const { relaxedSimd } = device.capabilities;
    return { threads: device.capabilities['threads'], relaxedSimd, digest: digestOf(await result.data()), ...times };
  } finally {
    device.close();
  }
}

function startTimer(): { stop(): Pick<LongRun, 'milliseconds' | 'ticks' | 'longestGap'> } {
  const start = performance.now();
  let [ticks, longestGap, last] = [0, 0, start];
  const note = (): number => {
    const now = performance.now();
    longestGap = Math.max(longestGap, now - last);
    last = now;
    return now;
  };
  const timer = setInterval(() => {
    ticks++;
    note();
  }, 1);
  return {
    stop() {
      clearInterval(timer);
      return { milliseconds: note() - start, ticks, longestGap };
    },
  };
}

/** FNV-1a over the words of the result. */
function digestOf({ buffer, byteOffset, byteLength }: ArrayBufferView): number {
  let digest = 0x811c9dc5;
  for (const word of new Uint32Array(buffer, byteOffset, byteLength / 4)) {
    digest = Math.imul(digest ^ word, 0x01000193) >>> 0;
  }
  return digest;
}
