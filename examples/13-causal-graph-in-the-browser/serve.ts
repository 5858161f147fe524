// Serves the page and the built packages to this machine: node examples/13-causal-graph-in-the-browser/serve.ts [PORT]
import { servePage } from '../serve-page.ts';

servePage(new URL('./', import.meta.url));
