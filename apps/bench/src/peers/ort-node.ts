import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Ort from 'onnxruntime-web';
import { ortForms, ortTimed, ortWays, type Runtime } from './ort.ts';
import type { Peer, PeerSource } from './peer.ts';

/** Both builds have this interface in common; the package itself is not among the dependencies, so its types are those of the other. */
type Native = Runtime['ort'] & Pick<typeof Ort, 'env'>;

/** The native build, from where `EINLAB_ORT_NODE` points (a folder with `node_modules`), or from this package. */
function native(): Native {
  const folder = process.env['EINLAB_ORT_NODE'];
  const from = folder === undefined ? import.meta.url : join(folder, 'index.js');
  return createRequire(from)('onnxruntime-node');
}

/** ONNX Runtime in native code: no peer but a ceiling. It is large and no dependency; the README says how to bring it. */
export function ortNode(threads: number): PeerSource {
  const name = threads === 1 ? 'onnxruntime-node' : `onnxruntime-node, ${threads} threads`;
  return {
    name,
    async open(): Promise<Peer> {
      const ort = native();
      const session = { executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1 };
      const runtime: Runtime = { ort, session };
      return {
        name,
        version: ort.env.versions.node ?? ort.env.versions.common,
        timed: ortTimed,
        forms: (work) => ortForms(runtime, work),
        ways: (task) => ortWays(runtime, task),
        close: () => {},
      };
    },
  };
}
