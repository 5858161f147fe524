/** Π sizes; 1 for none. */
export const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);
