// What the pages among the examples have in common: a server for this machine.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';

const repository = new URL('../', import.meta.url);

/** The file behind a path: the page's own, one of a built package, or weights that a package brings. */
function fileOf(path: string, page: URL): URL | undefined {
  if (path === '/') return new URL('index.html', page);
  if (path === '/page.js') return new URL('page.js', page);
  return /^\/packages\/[a-z-]+\/(dist\/[\w-]+\.js|weights\/[\w-]+\.safetensors)$/.test(path)
    ? new URL(`.${path}`, repository)
    : undefined;
}

/** What browsers are told a file is. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.safetensors': 'application/octet-stream',
};

const headers = {
  // With these two, a page may share memory between threads.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Serves a page, `index.html` and `page.js` in its folder, and the built packages; prints the address. The first argument of the command is the port. */
export function servePage(page: URL): void {
  const server = createServer(async ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const file = fileOf(pathname, page);
    try {
      if (file === undefined) throw new Error(`${pathname} is no part of this example`);
      const bytes = await readFile(file);
      response
        .writeHead(200, { ...headers, 'Content-Type': types[extname(file.pathname)] ?? types['.html'] })
        .end(bytes);
    } catch (error) {
      response.writeHead(404, headers).end(String(error));
    }
  });

  server.listen(Number(process.argv[2] ?? 8080), 'localhost', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') console.log(`http://localhost:${address.port}/`);
  });
}
