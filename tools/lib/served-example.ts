import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isRequired, missingBrowser, openChromium } from '../../packages/testkit/src/browser/index.ts';
import { report } from './report.ts';
import { root } from './workspace.ts';

/** The browser that the tests bring. */
export type Browser = Awaited<ReturnType<typeof openChromium>>;

/** A tab of it. */
export type Page = Awaited<ReturnType<Browser['newPage']>>;

/** How an example's page is looked at. */
export interface Visit {
  readonly browser: Browser;
  readonly url: string;
  /** Where screenshots go; they are not taken without it. */
  readonly folder: string | undefined;
}

/** A file dropped on `#drop`: a real drop event with a real file, as a hand would make it. */
export async function dropFile(page: Page, name: string, text: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([fileName, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([content ?? ''], fileName ?? '', { type: 'text/csv' }));
      return data;
    },
    [name, text],
  );
  await page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer });
}

/** An empty tab at an address, whose console and errors become findings. */
export async function openPage(
  { browser, url }: Visit,
  size: { readonly width: number; readonly height: number },
  findings: string[],
): Promise<Page> {
  const page = await browser.newPage({ viewport: size });
  page.on('console', (message) => findings.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => findings.push(`error: ${error.message}`));
  await page.goto(url);
  return page;
}

/**
 * Serves an example as its own server does, opens it in a headless Chromium, and reports what is wrong. Without a browser it says that it was skipped, which is a
 * finding where `REQUIRE_BACKENDS` lists one.
 *
 * @param check - `name` is what the report calls it, `example` the folder, `what` what was looked at
 */
export async function checkServedExample(
  check: { readonly name: string; readonly example: string; readonly what: string },
  findingsOf: (visit: Visit) => Promise<readonly string[]>,
): Promise<void> {
  const { screenshots } = parseArgs({ options: { screenshots: { type: 'string' } } }).values;
  const missing = missingBrowser();
  if (missing !== undefined) {
    if (isRequired('browser')) report(check.name, [`${missing}; REQUIRE_BACKENDS lists browser`], check.what);
    else console.log(`${check.name}: skipped (${missing})`);
    return;
  }
  const browser = await openChromium();
  const server = spawn(process.execPath, [join(root, check.example, 'serve.ts'), '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(server.stdout, 'data');
    const findings = await findingsOf({ browser, url: String(line).trim(), folder: screenshots });
    report(
      check.name,
      findings.map((finding) => `${check.example}${finding}`),
      `${check.what}, Chromium ${browser.version()}`,
    );
  } finally {
    await browser.close();
    server.kill();
  }
}
