import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, workspacePackages } from './workspace.ts';

/**
 * A folder outside the repository in which scripts see the built packages as a user's project would.
 * Outside, because Node strips types from no file below `node_modules`.
 *
 * @param use - gets the folder; it is removed afterwards, whatever happens.
 */
export async function withSandbox<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'einlab-')));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    for (const { folder: source, manifest } of workspacePackages()) {
      if (manifest.private === true) continue;
      const link = join(folder, 'node_modules', manifest.name);
      mkdirSync(join(link, '..'), { recursive: true });
      symlinkSync(join(root, source), link);
    }
    symlinkSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'));
    symlinkSync(join(root, 'node_modules/@webgpu'), join(folder, 'node_modules/@webgpu'));
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
