import { describeKernel } from '../kernels/describe-kernel.ts';
import { kernelFlops } from '../kernels/kernel-flops.ts';
import type { KernelRun } from './backend.ts';
import { bytesOf, type LoweredProgram } from './lower.ts';

/** What is known of each call of a program before it runs. */
export const describeCalls = ({ calls, buffers }: LoweredProgram): Omit<KernelRun, 'milliseconds'>[] =>
  calls.map(({ kernel, reads, writes }) => ({
    kind: kernel.kind,
    description: describeKernel(kernel).replace(/^\w+\s+/, ''),
    bytes: [...new Set([...reads, ...writes])].reduce((sum, buffer) => sum + bytesOf(buffers[buffer]), 0),
    flops: kernelFlops(kernel),
  }));
