import { describe, expect, it } from 'vitest';
import { type Context, importFinding, type Layers } from './check-layers.ts';
import { findCycles } from './lib/cycles.ts';
import { type Import, importsOf } from './lib/imports.ts';
import type { WorkspacePackage } from './lib/workspace.ts';

const numerics: WorkspacePackage = {
  folder: 'packages/numerics',
  short: 'numerics',
  manifest: { name: '@einlab/numerics', exports: { '.': { source: './src/index.ts' } } },
};
const core: WorkspacePackage = {
  folder: 'packages/einsum-core',
  short: 'einsum-core',
  manifest: { name: '@einlab/einsum-core', dependencies: { '@einlab/numerics': 'workspace:*' } },
};
const layers: Layers = {
  packages: { 'packages/numerics': [], 'packages/einsum-core': ['numerics'] },
  onlyInTests: ['@einlab/testkit', 'vitest'],
  nodeBuiltins: [],
  folders: { 'packages/einsum-core': ['base', 'plan', 'tensor'] },
};

/** The finding for one import written in `path` of `pkg`. */
function findingFor(
  pkg: WorkspacePackage,
  path: string,
  specifier: string,
  kind: Import['kind'] = 'static',
): string | undefined {
  const exists = (target: string): boolean => target.endsWith('.ts');
  const context: Context = { layers, packages: [numerics, core], pkg, path: `${pkg.folder}/src/${path}`, exists };
  return importFinding(context, { specifier, line: 1, kind });
}

describe('importFinding', () => {
  it('lets a package import those below it', () => {
    expect(findingFor(core, 'plan/cost.ts', '@einlab/numerics')).toBeUndefined();
  });
  it('refuses an import of a package above', () => {
    expect(findingFor(numerics, 'sum.ts', '@einlab/einsum-core')).toContain('may import only no other package');
  });
  it('refuses a path into another package that is not a public entry', () => {
    expect(findingFor(core, 'plan/cost.ts', '@einlab/numerics/src/sum.ts')).toContain('no public entry "./src/sum.ts"');
  });
  it('refuses a relative path out of the package', () => {
    expect(findingFor(core, 'plan/cost.ts', '../../../numerics/src/sum.ts')).toContain('leaves the sources');
  });
  it('refuses a relative import without extension', () => {
    expect(findingFor(core, 'plan/cost.ts', './path')).toContain('no such file');
  });
  it('lets a folder import the folders before it and refuses those after it, type imports included', () => {
    expect(findingFor(core, 'tensor/tensor.ts', '../base/shape.ts')).toBeUndefined();
    expect(findingFor(core, 'plan/cost.ts', '../tensor/tensor.ts', 'type')).toBe('"plan" may import only from base');
  });
  it('lets tests import upwards and use the test packages', () => {
    expect(findingFor(core, 'plan/cost.test.ts', '../tensor/tensor.ts')).toBeUndefined();
    expect(findingFor(core, 'plan/cost.test.ts', 'vitest')).toBeUndefined();
  });
  it('refuses the test packages in published sources', () => {
    expect(findingFor(core, 'plan/cost.ts', '@einlab/testkit')).toContain('for tests only');
  });
  it('refuses a static import of a Node module where browsers run too, and lets a dynamic one pass', () => {
    expect(findingFor(core, 'plan/cost.ts', 'node:fs')).toContain('also runs in browsers');
    expect(findingFor(core, 'plan/cost.ts', 'node:fs', 'dynamic')).toBeUndefined();
  });
  it('refuses a package that is not declared', () => {
    expect(findingFor(core, 'plan/cost.ts', 'lodash/get')).toContain('lodash does not stand in the dependencies');
  });
});

describe('importsOf', () => {
  it('finds every way to import', () => {
    const text = [
      `import a from './a.ts';`,
      `import type { B } from './b.ts';`,
      `export * from './c.ts';`,
      `export type { D } from './d.ts';`,
      `const e = await import('./e.ts');`,
      `type F = import('./f.ts').F;`,
      `import './g.ts';`,
      `// import './comment.ts';`,
    ].join('\n');
    expect(importsOf('x.ts', text).map(({ specifier, kind }) => `${specifier} ${kind}`)).toEqual([
      './a.ts static',
      './b.ts type',
      './c.ts static',
      './d.ts type',
      './e.ts dynamic',
      './f.ts type',
      './g.ts static',
    ]);
  });
});

describe('findCycles', () => {
  it('is empty for a diamond', () => {
    expect(
      findCycles(
        new Map([
          ['a', ['b', 'c']],
          ['b', ['d']],
          ['c', ['d']],
        ]),
      ),
    ).toEqual([]);
  });
  it('returns the path of a cycle', () => {
    expect(
      findCycles(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
    ).toEqual([['b', 'c', 'b']]);
  });
});
