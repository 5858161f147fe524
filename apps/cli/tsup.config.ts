import { sharedConfig } from '../../tsup.shared.ts';

// The worker is a second entry: the pool starts it as its own thread, from the file beside main.js.
export default sharedConfig({ main: 'src/main.ts', worker: 'src/worker.ts' }, { platform: 'node', dts: false });
