export { type Comparison, exactly, largestSize } from './comparison.ts';
export { countMacs } from './count-macs.ts';
export { initialScale, type StructureLaw, structureLaws } from './structure-laws.ts';
export { sizeCatalogue, structureCatalogue } from './catalogue.ts';
