export { boundExponentials } from './bound-exponentials.ts';
export { clearAccumulated } from './clear-accumulated.ts';
export { extremeChains } from './extreme-chains.ts';
export { rowEmitter } from './emit-rows.ts';
export { scratchInStores } from './scratch-in-stores.ts';
export { inTwoStreams } from './two-streams.ts';
