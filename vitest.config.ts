import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { prepareWebgpu } from './packages/testkit/src/webgpu-environment.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
const reporter = `${root}packages/testkit/src/reporter.ts`;

/** One project per folder that holds tests, named after the folder. */
const projects = [
  ...['packages', 'apps'].flatMap((group) => readdirSync(root + group).map((name) => `${group}/${name}`)),
  'tools',
].filter((folder) => existsSync(root + folder));

// Workers inherit the environment, and must have it when they start.
prepareWebgpu();

export default defineConfig({
  // Workspace packages are taken from their sources, so that no test needs a build.
  resolve: { conditions: ['source', 'module', 'node', 'default'] },
  ssr: { resolve: { conditions: ['source', 'module', 'node', 'default'] } },
  test: {
    reporters: existsSync(reporter) ? ['dot', reporter] : ['default'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    projects: projects.map((folder) => ({
      extends: true as const,
      test: {
        name: folder.slice(folder.lastIndexOf('/') + 1),
        root: root + folder,
        include: ['**/*.test.ts'],
        exclude: ['**/node_modules/**', '**/dist/**'],
      },
    })),
  },
});
