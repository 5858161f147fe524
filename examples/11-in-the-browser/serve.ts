// Serves the page and the built packages to this machine: node examples/11-in-the-browser/serve.ts [PORT]
import { servePage } from '../serve-page.ts';

servePage(new URL('./', import.meta.url));
