import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const SCRIPT_PATH = '/script.js';

/** A site of one page that loads one script. */
export interface Site {
  readonly url: string;
  close(): void;
}

/** What a page must be served with to share memory between threads. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

const PAGE = `<!doctype html><title>Test</title><link rel="icon" href="data:,"><script type="module" src="${SCRIPT_PATH}"></script>`;

/**
 * Serves a page with a script to this machine.
 *
 * @param isIsolated - whether the page may share memory between threads (cross-origin isolation).
 */
export async function serveScript(script: string, { isIsolated }: { readonly isIsolated: boolean }): Promise<Site> {
  const contents = new Map([
    ['/', { type: 'text/html; charset=utf-8', text: PAGE }],
    [SCRIPT_PATH, { type: 'text/javascript; charset=utf-8', text: script }],
  ]);
  const server = createServer(({ url = '' }, response) => {
    const found = contents.get(url);
    response.writeHead(found === undefined ? 404 : 200, {
      'content-type': found?.type ?? 'text/plain',
      ...(isIsolated ? ISOLATION : {}),
    });
    response.end(found?.text ?? `nothing at ${url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
