import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { atMost, type RowPlan } from './lab.ts';
import { type Download, expectedOutput, measureDownload, page } from './page-download.ts';

/** The engine as it is published. */
const built = fileURLToPath(new URL('../../../../../packages/einsum-core/dist/index.js', import.meta.url));

/** @throws {Error} when a page did not print what it should. */
export function checkOutput({ output }: Pick<Download, 'output'>): void {
  const expected = expectedOutput();
  if (output !== expected)
    throw new Error(`the page prints ${JSON.stringify(output)} where ${JSON.stringify(expected)} was expected`);
}

const row: RowPlan = {
  group: 'size',
  name: 'download of a page with einsum and grad',
  async measure() {
    if (!existsSync(built)) throw new Error('the size is that of the built package; run npm run build first');
    const download = await measureDownload(page, import.meta.dirname);
    checkOutput(download);
    const kilobytes = download.gzipBytes / 1000;
    const quantity = 'kilobytes after gzip';
    const bytes = download.files.reduce((sum, file) => sum + file.bytes, 0);
    return {
      engines: {},
      criteria: [atMost('must', 45, quantity, kilobytes), atMost('aim', 30, quantity, kilobytes)],
      notes: [`${download.files.length} files loaded while it ran, ${(bytes / 1000).toFixed(1)} kilobytes before gzip`],
    };
  },
};

/** What a page has to load. */
export const sizeRows: readonly RowPlan[] = [row];
