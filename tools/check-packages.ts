// What is tested is what is shipped: packs every public package, looks into the tarball, lets publint and
// are-the-types-wrong judge it, installs all tarballs into an empty project elsewhere, and runs each package's smoke test
// there: packages/NAME/smoke.mjs where it exists, else an import whose names must be those of tools/exports/.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { report } from './lib/report.ts';
import { entriesOf, root, type WorkspacePackage, workspacePackages } from './lib/workspace.ts';

/** A packed package. */
interface Packed {
  readonly pkg: WorkspacePackage;
  readonly tarball: string;
  readonly files: readonly string[];
}

const pnpm = join(root, 'node_modules/.bin/pnpm');

/** Packs one package into a folder. */
function pack(pkg: WorkspacePackage, destination: string): Packed {
  const output = execFileSync(pnpm, ['pack', '--json', '--pack-destination', destination], {
    cwd: join(root, pkg.folder),
  });
  const { filename, files }: { filename: string; files: { path: string }[] } = JSON.parse(output.toString());
  return { pkg, tarball: filename, files: files.map(({ path }) => path) };
}

/** What the tarball holds too much, or lacks. */
function contentFindings({ pkg, files }: Packed): readonly string[] {
  const expected = ['package.json', 'README.md', 'LICENSE'];
  // a model is what its package is for
  const folders = ['dist/', ...(pkg.short === 'chronos-nano' ? ['weights/'] : [])];
  const stray = files.filter((path) => !folders.some((folder) => path.startsWith(folder)) && !expected.includes(path));
  const missing = expected.filter((path) => !files.includes(path));
  return [
    ...missing.map((path) => `${pkg.short}: the tarball lacks ${path}`),
    ...stray.map((path) => `${pkg.short}: the tarball holds ${path}, which is not for users`),
  ];
}

/** The verdicts of publint and are-the-types-wrong. */
async function lintFindings({ pkg, tarball, files }: Packed): Promise<readonly string[]> {
  const bytes = readFileSync(tarball);
  const data = new Uint8Array(bytes).buffer;
  const { messages, pkg: manifest } = await publint({ pack: { tarball: data }, strict: true });
  const found = messages.map(
    (message) => `${pkg.short}: publint: ${formatMessage(message, manifest, { color: false })}`,
  );
  if (!files.some((path) => path.endsWith('.d.ts'))) return found;
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(bytes)));
  if (result.types === false) return [...found, `${pkg.short}: are-the-types-wrong finds no types`];
  // ES modules only, by decision: neither `require` nor the resolution of Node 10 is served.
  const ignored = result.problems.filter(
    (problem) =>
      problem.kind === 'CJSResolvesToESM' || ('resolutionKind' in problem && problem.resolutionKind === 'node10'),
  );
  const serious = result.problems.filter((problem) => !ignored.includes(problem));
  return [...found, ...serious.map((problem) => `${pkg.short}: are-the-types-wrong: ${JSON.stringify(problem)}`)];
}

/** Installs the tarballs into an empty project; a message when that fails. */
function install(folder: string, packed: readonly Packed[]): string | undefined {
  const versions = Object.fromEntries(packed.map(({ pkg, tarball }) => [pkg.manifest.name, `file:${tarball}`]));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies: versions }),
  );
  // Between themselves the packages ask for versions that are not published yet.
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), `pmOnFail: ignore\noverrides: ${JSON.stringify(versions)}\n`);
  const result = spawnSync(pnpm, ['install', '--prefer-offline', '--ignore-scripts', '--no-frozen-lockfile'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, CI: 'true' },
  });
  return result.status === 0 ? undefined : `${result.stdout}${result.stderr}`;
}

/** A program that imports each entry and compares the names with the snapshot. */
function importSmoke(pkg: WorkspacePackage): string {
  const entries = entriesOf(pkg).map(({ name }) => {
    const snapshot = join(root, 'tools/exports', `${pkg.short}${name.slice(1).replace('/', '.')}.txt`);
    const lines = existsSync(snapshot) ? readFileSync(snapshot, 'utf8').trim().split('\n') : [];
    const values = lines.filter((line) => line.includes('value')).map((line) => line.split(' ')[0]);
    return [`${pkg.manifest.name}${name.slice(1)}`, values] as const;
  });
  return `import assert from 'node:assert/strict';
for (const [entry, names] of ${JSON.stringify(entries)}) {
  assert.deepEqual(Object.keys(await import(entry)).sort(), names.sort(), entry);
}
`;
}

/** Runs one package's smoke test in the project that has the tarballs; the finding when it fails. */
function smokeFindings(folder: string, { pkg }: Packed): readonly string[] {
  const own = join(root, pkg.folder, 'smoke.mjs');
  const file = join(folder, `${pkg.short}.mjs`);
  writeFileSync(file, existsSync(own) ? readFileSync(own, 'utf8') : importSmoke(pkg));
  const env = { ...process.env, PATH: `${join(folder, 'node_modules/.bin')}:${process.env['PATH']}` };
  const result = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8', timeout: 120_000, env });
  if (result.status === 0) return [];
  return [`${pkg.short}: the smoke test fails on the tarball: ${result.stderr.trim() || result.error?.message}`];
}

const packages = workspacePackages().filter((pkg) => pkg.manifest.private !== true);
const folder = mkdtempSync(join(tmpdir(), 'einlab-packages-'));
const findings: string[] = [];
try {
  const unbuilt = packages.filter((pkg) => !existsSync(join(root, pkg.folder, 'dist')));
  if (unbuilt.length > 0)
    throw new Error(`not built: ${unbuilt.map((pkg) => pkg.short).join(', ')}; run npm run build first`);
  const packed = packages.map((pkg) => pack(pkg, folder));
  for (const each of packed) findings.push(...contentFindings(each), ...(await lintFindings(each)));
  const project = join(folder, 'project');
  mkdirSync(project);
  const failure = install(project, packed);
  if (failure === undefined) for (const each of packed) findings.push(...smokeFindings(project, each));
  else findings.push(`the tarballs do not install:\n${failure}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
report('packages', findings, packages.map((pkg) => pkg.short).join(', '));
