import { sharedConfig } from '../../tsup.shared.ts';

export default sharedConfig({ index: 'src/index.ts', testing: 'src/testing/index.ts' });
