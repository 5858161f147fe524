import { describeKernel } from '../kernels/describe-kernel.ts';
import { kernelFlops } from '../kernels/kernel-flops.ts';
import type { Executable } from './backend.ts';
import { bytesOf, type LoweredProgram } from './lower.ts';

/** Is told that a call of the program took so long. */
export type Ended = (call: number, milliseconds: number) => void;

/**
 * The executable with a second one beside it, made when somebody first watches a run, that runs kernel by kernel.
 *
 * @param stepwise - makes that one; it tells of each kernel
 */
export function withProfile(
  program: LoweredProgram,
  plain: Executable,
  stepwise: (ended: Ended) => Promise<Executable>,
): Executable {
  let watched: Promise<Executable> | undefined;
  let tell: Ended = () => {};
  const descriptions = program.calls.map(({ kernel, reads, writes }) => {
    const bytes = [...new Set([...reads, ...writes])].reduce(
      (sum, buffer) => sum + bytesOf(program.buffers[buffer]),
      0,
    );
    const description = describeKernel(kernel).replace(/^\w+\s+/, '');
    return { kind: kernel.kind, description, bytes, flops: kernelFlops(kernel) };
  });
  return {
    run(inputs, observe) {
      if (observe === undefined) return plain.run(inputs);
      watched ??= stepwise((call, milliseconds) => tell(call, milliseconds));
      tell = (call, milliseconds) => observe({ ...descriptions[call], milliseconds });
      return watched.then((executable) => executable.run(inputs));
    },
    explain: plain.explain,
    release() {
      plain.release();
      watched?.then((executable) => executable.release()).catch(() => {});
    },
  };
}
