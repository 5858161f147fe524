// Who may import whom. Reads every import of every source file, type imports included, and holds it against layers.json:
//   packages      a package may import only the packages listed with it, and only through their public entries
//   folders       inside a package, a folder may import only from itself and the folders listed before it
//   onlyInTests   packages that published sources may not import
//   nodeBuiltins  the only folders whose sources may import `node:` modules when they load; others run in browsers too,
//                 and reach them through a dynamic import
// Besides: relative imports name an existing file of the same package, other packages stand in `dependencies` or
// `peerDependencies`, no cycles.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findCycles } from './lib/cycles.ts';
import { type Import, importsOf } from './lib/imports.ts';
import { report } from './lib/report.ts';
import { entriesOf, isTest, root, sourcesOf, type WorkspacePackage, workspacePackages } from './lib/workspace.ts';

/** The contents of layers.json. */
export interface Layers {
  readonly packages: Readonly<Record<string, readonly string[]>>;
  readonly onlyInTests: readonly string[];
  readonly nodeBuiltins: readonly string[];
  readonly folders: Readonly<Record<string, readonly string[]>>;
}

/** What the rules need to know about one import. */
export interface Context {
  readonly layers: Layers;
  readonly packages: readonly WorkspacePackage[];
  readonly pkg: WorkspacePackage;
  /** The importing file, relative to the root. */
  readonly path: string;
  readonly exists: (path: string) => boolean;
}

/** `@scope/name/sub` → `@scope/name` and `./sub`; `name/sub` → `name` and `./sub`. */
function splitSpecifier(specifier: string): { readonly name: string; readonly entry: string } {
  const parts = specifier.split('/');
  const length = specifier.startsWith('@') ? 2 : 1;
  return { name: parts.slice(0, length).join('/'), entry: ['.', ...parts.slice(length)].join('/') };
}

/** The folder directly below `src`, or undefined for a file of `src` itself. */
function folderOf(pkg: WorkspacePackage, path: string): string | undefined {
  const parts = path.slice(`${pkg.folder}/src/`.length).split('/');
  return parts.length > 1 ? parts[0] : undefined;
}

/** What is wrong with the order of two folders of one package, or undefined. */
function folderFinding({ layers, pkg, path }: Context, target: string): string | undefined {
  const order = layers.folders[pkg.folder];
  const from = folderOf(pkg, path);
  if (order === undefined || from === undefined || isTest(path)) return undefined;
  const to = folderOf(pkg, target);
  if (to === from) return undefined;
  if (!order.includes(from)) return `the folder "${from}" has no place in tools/layers.json`;
  if (to === undefined) return `a folder imports from the files above it; move what it needs into a folder`;
  if (!order.includes(to)) return `the folder "${to}" has no place in tools/layers.json`;
  if (order.indexOf(to) < order.indexOf(from)) return undefined;
  return `"${from}" may import only from ${order.slice(0, order.indexOf(from)).join(', ') || 'no other folder'}`;
}

/** What is wrong with a relative import, or undefined. */
function relativeFinding(context: Context, target: string): string | undefined {
  if (!target.startsWith(`${context.pkg.folder}/src/`)) return 'the path leaves the sources of its package';
  if (!context.exists(target)) return 'there is no such file (relative imports carry the extension .ts)';
  return folderFinding(context, target);
}

/** What is wrong with an import of another package, or undefined. */
function packageFinding({ layers, packages, pkg, path }: Context, { specifier, kind }: Import): string | undefined {
  const { name, entry } = splitSpecifier(specifier);
  const test = isTest(path) || pkg.manifest.private === true;
  if (specifier.startsWith('node:')) {
    if (test || kind === 'dynamic' || kind === 'type' || layers.nodeBuiltins.includes(pkg.folder)) return undefined;
    return `${pkg.folder} also runs in browsers: import ${specifier} dynamically, where it is needed`;
  }
  if (name === pkg.manifest.name) return test ? undefined : 'a package imports its own files by relative paths';
  if (!test && layers.onlyInTests.includes(name)) return `${name} is for tests only`;
  const target = packages.find((other) => other.manifest.name === name);
  if (target !== undefined && !layers.onlyInTests.includes(name)) {
    const allowed = layers.packages[pkg.folder] ?? [];
    if (!allowed.includes(target.short))
      return `${pkg.folder} may import only ${allowed.join(', ') || 'no other package'}`;
    if (!entriesOf(target).some((each) => each.name === entry)) return `${name} has no public entry "${entry}"`;
  }
  const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = pkg.manifest;
  const declared =
    name in dependencies ||
    name in peerDependencies ||
    (test && (name in devDependencies || name === 'vitest' || name === 'fast-check'));
  return declared ? undefined : `${name} does not stand in the dependencies of ${pkg.folder}/package.json`;
}

/** What is wrong with one import, or undefined. */
export function importFinding(context: Context, found: Import): string | undefined {
  if (!found.specifier.startsWith('.')) return packageFinding(context, found);
  return relativeFinding(context, normalize(join(dirname(context.path), found.specifier)));
}

/** Runs the check over the workspace. */
function main(): void {
  const layers: Layers = JSON.parse(readFileSync(join(root, 'tools/layers.json'), 'utf8'));
  const packages = workspacePackages();
  const findings: string[] = [];
  const edges = new Map<string, readonly string[]>();
  let count = 0;
  for (const pkg of packages) {
    if (!(pkg.folder in layers.packages)) findings.push(`${pkg.folder}: has no entry in tools/layers.json`);
    for (const path of sourcesOf(pkg)) {
      const context = { layers, packages, pkg, path, exists: (target: string) => existsSync(join(root, target)) };
      const imports = importsOf(path, readFileSync(join(root, path), 'utf8'));
      count += imports.length;
      for (const found of imports) {
        const finding = importFinding(context, found);
        if (finding !== undefined) findings.push(`${path}:${found.line}: "${found.specifier}": ${finding}`);
      }
      const targets = imports.filter((found) => found.specifier.startsWith('.') && found.kind !== 'dynamic');
      edges.set(
        path,
        targets.map((found) => normalize(join(dirname(path), found.specifier))),
      );
    }
  }
  for (const cycle of findCycles(edges)) findings.push(`import cycle: ${cycle.join(' -> ')}`);
  report('layers', findings, `${edges.size} files, ${count} imports`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
