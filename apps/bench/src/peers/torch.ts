import type { TaskInput } from '../work/task.ts';
import { operandShapes } from '../work/work.ts';
import type { Peer, PeerSource, Prepared } from './peer.ts';
import { startTorch, type TorchProcess } from './torch-process.ts';

/** A piece of Python to be timed. */
export interface TorchWork {
  /** Sees `torch`, `F`, the tensors `x` and what `data` is; defines `run()` and, where the results to check are others, `read()`. */
  readonly code: string;
  readonly inputs: readonly TaskInput[];
  /** Anything that JSON can say. */
  readonly data?: unknown;
}

let nextId = 0;

function encoded({ shape, values }: TaskInput): object {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
  return { shape, type: values instanceof Float32Array ? 'f32' : 'i32', bytes };
}

/** Brings a piece of Python and its tensors to the process. */
export async function prepareTorch(torch: TorchProcess, { code, inputs, data = null }: TorchWork): Promise<Prepared> {
  const id = nextId++;
  await torch.ask({ action: 'define', id, code, data, inputs: inputs.map(encoded) });
  const time = async (runs: number): Promise<number> =>
    (await torch.ask({ action: 'run', id, runs })).milliseconds ?? Number.NaN;
  return {
    contractions: 1,
    time,
    async run() {
      await time(1);
    },
    async read() {
      const { bytes = '' } = await torch.ask({ action: 'read', id });
      return new Float32Array(Uint8Array.from(Buffer.from(bytes, 'base64')).buffer);
    },
    dispose() {
      // Nothing waits for it, and what is left behind costs only memory.
      torch.ask({ action: 'drop', id }).catch(() => {});
    },
  };
}

/** A peer that also runs whole pieces of Python. */
export interface TorchPeer extends Peer {
  prepare(work: TorchWork): Promise<Prepared>;
}

/** The kind of a peer that is PyTorch. */
export const isTorch = (peer: Peer): peer is TorchPeer => 'prepare' in peer;

/** PyTorch on the processor, in a process of its own: native code, and so no peer but a ceiling. */
export function torch(threads: number): PeerSource {
  const name = threads === 1 ? 'pytorch' : `pytorch, ${threads} threads`;
  return {
    name,
    async open(): Promise<TorchPeer> {
      const python = await startTorch(threads);
      const prepare = (work: TorchWork): Promise<Prepared> => prepareTorch(python, work);
      return {
        name,
        version: python.version,
        timed: 'calls without a pause, by the clock of its process: operands and results stay there',
        forms: () => [
          {
            name: 'torch.einsum',
            prepare(work, operands) {
              const shapes = operandShapes(work);
              const inputs = operands.map((values, i) => ({ shape: shapes[i] ?? [], values }));
              return prepare({ code: `run = lambda: [torch.einsum('${work.pattern}', *x)]`, inputs });
            },
          },
        ],
        ways: (task) =>
          Object.entries(task.torch ?? {}).map(([form, code]) => ({
            form,
            prepare: () => prepare({ code, inputs: task.inputs }),
          })),
        prepare,
        close: () => python.close(),
      };
    },
  };
}
