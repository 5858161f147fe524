// Serves the page and the built packages to this machine: node examples/15-forecast-in-the-browser/serve.ts [PORT]
import { servePage } from '../serve-page.ts';

servePage(new URL('./', import.meta.url));
