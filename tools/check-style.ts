// The few rules of the house that a linter does not know: the length of a file, and whether each test suite file tests.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { report } from './lib/report.ts';
import { filesBelow, root, sourcesOf, workspacePackages } from './lib/workspace.ts';

/** Longest file, in lines. A longer one says why in its first comment, with the words `Long because`. */
const longest = 400;

const files = [
  ...workspacePackages().flatMap((pkg) => [...sourcesOf(pkg)]),
  ...filesBelow('tools', (path) => path.endsWith('.ts')),
  ...filesBelow('examples', (path) => path.endsWith('.ts')),
];
const findings = files.flatMap((path) => {
  const text = readFileSync(join(root, path), 'utf8');
  const lines = text.split('\n').length - 1;
  const excused = text.slice(0, 2000).includes('Long because');
  const found: string[] = [];
  if (lines > longest && !excused) found.push(`${path}: ${lines} lines; the limit is ${longest}`);
  if (path.endsWith('.test.ts') && !/\bexpect\w*\(|\bproperty\(|\bassert\w*\(|\bcheck\w*\(/.test(text)) {
    found.push(`${path}: a test file that asserts nothing`);
  }
  return found;
});
report('style', findings, `${files.length} files`);
