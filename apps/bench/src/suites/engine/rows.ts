import { blockRows } from './blocks.ts';
import { bttRows } from './btt.ts';
import { sizeRows } from './bundle-size.ts';
import { firstCallRows } from './first-call.ts';
import type { RowPlan } from './lab.ts';
import { memoryRows } from './memory-rows.ts';
import { oddShapeRows } from './odd-shapes.ts';
import { productRows } from './products.ts';
import { replayRows } from './replay.ts';
import { transformerRows } from './transformer/transformer-rows.ts';

/** The rows of the suite, in the order of their groups. */
export const engineRows: readonly RowPlan[] = [
  ...productRows,
  ...blockRows,
  ...oddShapeRows,
  ...bttRows,
  ...memoryRows,
  ...transformerRows,
  ...replayRows,
  ...firstCallRows,
  ...sizeRows,
];
