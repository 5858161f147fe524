import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** An answer of the Python side, one line of JSON. */
export interface TorchAnswer {
  readonly version?: string;
  readonly milliseconds?: number;
  /** Little-endian f32, in base64. */
  readonly bytes?: string;
  readonly error?: string;
}

/** A Python process with PyTorch in it. */
export interface TorchProcess {
  readonly version: string;
  /** @throws what the Python side says went wrong. */
  ask(request: Readonly<Record<string, unknown>>): Promise<TorchAnswer>;
  close(): void;
}

/** The interpreter: `EINLAB_PYTHON` names one, for PyTorch in an environment of its own. */
const interpreter = (): string => process.env['EINLAB_PYTHON'] ?? 'python3';

interface Waiting {
  readonly resolve: (answer: TorchAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Answers come in the order of the requests; when the process ends, everything that still waits fails with its last words. */
function conversation(child: ChildProcessWithoutNullStreams): () => Promise<TorchAnswer> {
  const waiting: Waiting[] = [];
  let end: Error | undefined;
  let lastWords = '';
  const finish = (error: Error): void => {
    end ??= error;
    for (const { reject } of waiting.splice(0)) reject(end);
  };
  createInterface(child.stdout).on('line', (line) => {
    const answer: TorchAnswer = JSON.parse(line);
    const next = waiting.shift();
    if (answer.error === undefined) next?.resolve(answer);
    else next?.reject(new Error(answer.error));
  });
  child.stderr.on('data', (chunk) => {
    lastWords = `${lastWords}${chunk}`.slice(-2000);
  });
  child.stdin.on('error', finish);
  child.on('error', finish);
  child.on('close', () => finish(new Error(lastWords.trim().split('\n').at(-1) || 'the Python process ended')));
  return () =>
    new Promise((resolve, reject) => {
      if (end === undefined) waiting.push({ resolve, reject });
      else reject(end);
    });
}

/**
 * Starts Python with PyTorch on a number of threads.
 *
 * @throws when there is no interpreter, or it cannot import torch.
 */
export async function startTorch(threads: number): Promise<TorchProcess> {
  const script = fileURLToPath(new URL('./torch_worker.py', import.meta.url));
  const child = spawn(interpreter(), [script, `${threads}`], { stdio: ['pipe', 'pipe', 'pipe'] });
  const answer = conversation(child);
  const { version = 'unknown' } = await answer();
  return {
    version,
    ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return answer();
    },
    close: () => child.stdin.end(),
  };
}
