import { sharedConfig } from '../../tsup.shared.ts';

const entry = { index: 'src/index.ts', testing: 'src/testing/index.ts' };

export default sharedConfig(
  // `random` is a namespace of the entry. As a module of its own, bundlers leave it out where it is not used.
  { ...entry, random: 'src/random/index.ts' },
  {
    dts: { entry },
    esbuildPlugins: [
      {
        name: 'random is a module',
        setup({ onResolve }) {
          onResolve({ filter: /^\.\/random\/index\.ts$/ }, () => ({ path: './random.js', external: true }));
        },
      },
    ],
  },
);
