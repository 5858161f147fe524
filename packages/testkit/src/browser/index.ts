// Apart from the package's main entry, so that only tests in a browser load what drives one
export { bundle } from './bundle.ts';
export { missingBrowser, openChromium } from './chromium.ts';
export { openPage, type TestPage } from './open-page.ts';
export { isRequired } from '../required.ts';
