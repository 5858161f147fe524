// What the pages among the examples have in common: a server for this machine.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';

const repository = new URL('../', import.meta.url);

/** The file behind a path: the page's own, or one of a built package. */
function fileOf(path: string, page: URL): URL | undefined {
  if (path === '/') return new URL('index.html', page);
  if (path === '/page.js') return new URL('page.js', page);
  return /^\/packages\/[a-z-]+\/dist\/[\w-]+\.js$/.test(path) ? new URL(`.${path}`, repository) : undefined;
}

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
      const text = await readFile(file);
      const type = extname(file.pathname) === '.js' ? 'text/javascript' : 'text/html';
      response.writeHead(200, { ...headers, 'Content-Type': `${type}; charset=utf-8` }).end(text);
    } catch (error) {
      response.writeHead(404, headers).end(String(error));
    }
  });

  server.listen(Number(process.argv[2] ?? 8080), 'localhost', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') console.log(`http://localhost:${address.port}/`);
  });
}
