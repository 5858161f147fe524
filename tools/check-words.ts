// Refuses what belongs to one machine or one person in files that everybody gets: paths of a home folder, addresses of
// package registries, credentials, and marks of unfinished work. Looks at every file that git tracks or would track.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { report } from './lib/report.ts';
import { root } from './lib/workspace.ts';

/** One thing that no tracked file may hold. */
interface Refusal {
  readonly what: string;
  readonly pattern: RegExp;
  /** Only files whose path matches; all files when absent. */
  readonly only?: RegExp;
}

const refusals: readonly Refusal[] = [
  { what: 'a path of one machine', pattern: /(?<![\w.~*@-])\/(?:home|Users|root|work|workspace|mnt|media)\/[\w.-]+/ },
  { what: 'a path of one machine', pattern: /\b[A-Z]:\\(?:Users|Documents)\\/ },
  {
    what: 'the address of a package registry',
    pattern: /https?:\/\/[\w.-]*(?:registry|npmjs|artifactory|verdaccio)[\w.-]*/,
  },
  { what: 'the address of a tarball', pattern: /tarball:|https?:\/\//, only: /^pnpm-lock\.yaml$/ },
  { what: 'an address of a private network', pattern: /\b(?:10\.\d+|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+\b/ },
  {
    what: 'a credential',
    pattern: /\b(?:npm_[A-Za-z0-9]{30,}|gh[pousr]_[A-Za-z0-9]{30,}|AKIA[A-Z0-9]{16})\b|-----BEGIN [A-Z ]*PRIVATE KEY/,
  },
  { what: 'a mark of unfinished work', pattern: /\b(?:TODO|FIXME|XXX)\b/ },
];

/** The refusals that a text meets, one finding for each line and refusal. */
export function wordFindings(path: string, text: string): readonly string[] {
  const active = refusals.filter(({ only }) => only === undefined || only.test(path));
  return text.split('\n').flatMap((line, index) =>
    active.flatMap(({ what, pattern }) => {
      const found = pattern.exec(line);
      return found ? [`${path}:${index + 1}: ${what}: ${JSON.stringify(found[0])}`] : [];
    }),
  );
}

/** Runs the check over the repository. */
function main(): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  // This file and its test spell the patterns out.
  const paths = [...new Set(listed.toString().split('\0'))].filter(
    (path) => path !== '' && !path.startsWith('tools/check-words'),
  );
  const findings = paths.flatMap((path) => {
    const stats = statSync(join(root, path), { throwIfNoEntry: false });
    if (!stats?.isFile()) return [];
    const bytes = readFileSync(join(root, path));
    return bytes.subarray(0, 8000).includes(0) ? [] : wordFindings(path, bytes.toString('utf8'));
  });
  report('words', findings, `${paths.length} files`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
