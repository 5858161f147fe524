export { clearAccumulated } from './clear-accumulated.ts';
export { extremeChains } from './extreme-chains.ts';
export { planNextRow, pushIsTaken, startNextRow } from './next-row.ts';
export { scratchInStores } from './scratch-in-stores.ts';
