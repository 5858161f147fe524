// Type-checks every package, the examples and the tools, against the sources of their neighbours (condition `source`), so no build is
// needed. Two at a time. `node tools/typecheck.ts numerics nn` checks only those.
//
// A neighbour's sources are then checked along, under the options of the project that imports them, which may be stricter
// than its own. Only what concerns a project's own files is reported.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { report } from './lib/report.ts';
import { root, sourcesOf, workspacePackages } from './lib/workspace.ts';

/** The messages about files that belong to a project; a message's further lines are indented. */
export function ownMessages(folder: string, output: string): readonly string[] {
  const messages = output.split(/\n(?! )/).filter((message) => message.trim() !== '');
  return messages.filter((message) => {
    const path = /^(.+?)\(\d+,\d+\): /.exec(message)?.[1];
    if (path === undefined) return true;
    return folder === '.' ? !/^(packages|apps)\/[^/]+\/src\//.test(path) : path.startsWith(`${folder}/`);
  });
}

/** Runs tsc over one folder; resolves to what it says about the folder's own files. */
function typecheck(folder: string): Promise<readonly string[]> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [compiler, '--noEmit', '--pretty', 'false', '-p', folder], { cwd: root });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code !== 0 && output.trim() === '') output = `${folder}: tsc ended with ${signal ?? `status ${code}`}`;
      resolve(ownMessages(folder, output));
    });
  });
}

/** Runs the check over the projects named on the command line, or over all. */
async function main(wanted: readonly string[]): Promise<void> {
  const packages = workspacePackages().filter((pkg) => sourcesOf(pkg).length > 0);
  const queue = [...packages.map((pkg) => pkg.folder), 'examples', '.'].filter(
    (folder) => wanted.length === 0 || wanted.some((name) => folder.endsWith(name)),
  );
  const count = queue.length;
  const findings: string[] = [];
  const work = async (): Promise<void> => {
    for (let folder = queue.shift(); folder !== undefined; folder = queue.shift()) {
      findings.push(...(await typecheck(folder)));
    }
  };
  await Promise.all([work(), work()]);
  report('types', findings, `${count} projects`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2));
