import type { Shader } from '../wgsl/shader.ts';

/** One shader at work on some of a program's buffers. */
export interface Dispatch {
  readonly shader: Shader;
  /** Buffer of each binding; no two are the same. */
  readonly buffers: readonly number[];
  /** The kernel that it comes from: its place among the program's calls, and in words. */
  readonly call: number;
  readonly label: string;
}
