import type { Browser } from 'playwright-core';
import { serveScript } from './serve-script.ts';

/** A page with a script that has put functions into `globalThis.calls`. */
export interface TestPage {
  /** Calls a function of the script; what it throws is thrown here. Arguments and results are JSON. */
  call<Result>(name: string, ...parameters: readonly unknown[]): Promise<Result>;
  /** What went wrong beside the calls: errors and warnings of the console, and requests to other places. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** The page's side, which is run in the page. */
type Calls = Readonly<Record<string, (...parameters: readonly unknown[]) => unknown>>;

/**
 * Opens a page that runs a script.
 *
 * @param isIsolated - whether the page may share memory between threads (cross-origin isolation).
 */
export async function openPage(
  browser: Browser,
  script: string,
  options: { readonly isIsolated: boolean },
): Promise<TestPage> {
  const site = await serveScript(script, options);
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('crash', () => complaints.push('the page crashed'));
  page.on('request', (request) => {
    const url = request.url();
    const isOwn = [site.url, `blob:${site.url}`, 'data:'].some((start) => url.startsWith(start));
    if (!isOwn) complaints.push(`request: ${request.method()} ${url}`);
  });
  await page.goto(site.url);
  return {
    complaints,
    call: (name, ...parameters) =>
      page.evaluate(
        ([called, given]) => {
          const { calls } = globalThis as unknown as { calls: Calls };
          const found = calls[called];
          if (found === undefined) throw new Error(`the page's script has no function "${called}"`);
          return found(...given) as never;
        },
        [name, parameters] as const,
      ),
    async close() {
      await page.close();
      site.close();
    },
  };
}
