import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, with a trailing slash. */
export const root: string = fileURLToPath(new URL('../../', import.meta.url));

/** The fields of a package.json that the tools read. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** One folder of the workspace: where it lies and what its package.json says. */
export interface WorkspacePackage {
  /** Relative to the root, such as `packages/numerics`. */
  readonly folder: string;
  /** Last part of the folder, such as `numerics`. */
  readonly short: string;
  readonly manifest: Manifest;
}

/** Every package and app of the workspace, in the order of their folders. */
export function workspacePackages(): readonly WorkspacePackage[] {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group))
      .sort()
      .filter((short) => existsSync(join(root, group, short, 'package.json')))
      .map((short) => {
        const folder = `${group}/${short}`;
        return { folder, short, manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) };
      }),
  );
}

/** The files below a folder whose name the filter takes, relative to the root, sorted. */
export function filesBelow(folder: string, take: (path: string) => boolean): readonly string[] {
  const start = join(root, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .filter(take)
    .sort();
}

/** Is this a test, or a file that only tests use, and so one that no package publishes? */
export function isTest(path: string): boolean {
  return /\.(test|test-d|test-helper|bench)\.ts$/.test(path);
}

/** The TypeScript sources of one package, tests included. */
export function sourcesOf(pkg: WorkspacePackage): readonly string[] {
  return filesBelow(`${pkg.folder}/src`, (path) => path.endsWith('.ts'));
}

/**
 * The public entries of a package: `.` and, say, `./testing`, each with its source file relative to the root.
 * Empty where nothing can be imported, as with the command line.
 */
export function entriesOf(pkg: WorkspacePackage): readonly { readonly name: string; readonly source: string }[] {
  return Object.entries(pkg.manifest.exports ?? {}).flatMap(([name, target]) => {
    const source = typeof target === 'string' ? target : target['source'];
    return source?.endsWith('.ts') ? [{ name, source: join(pkg.folder, source) }] : [];
  });
}
