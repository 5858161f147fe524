import { sharedConfig } from '../../tsup.shared.ts';

export default sharedConfig({ index: 'src/index.ts', 'sixteen-bit': 'src/floats/sixteen-bit.ts' });
