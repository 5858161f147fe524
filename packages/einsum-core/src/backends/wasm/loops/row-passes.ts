export { clearAccumulated } from './clear-accumulated.ts';
export { extremeChains } from './extreme-chains.ts';
export { planReadAhead, readAhead, startReadAhead } from './read-ahead.ts';
export { scratchInStores } from './scratch-in-stores.ts';
