export { sizeCatalogue, sizesTakenBy, structureCatalogue } from './catalogue.ts';
export { type Comparison, exactly, largestSize } from './comparison.ts';
export { countMacs } from './count-macs.ts';
export { initialScale, type StructureLaw, structureLaws } from './structure-laws.ts';
