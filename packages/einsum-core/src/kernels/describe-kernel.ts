import { axesSize } from './contraction.ts';
import type { Kernel } from './kernel.ts';

const each = ({ perElement }: { readonly perElement: boolean }): string => (perElement ? ', each element' : '');

/** A kernel's kind and sizes, in one line. */
export function describeKernel(kernel: Kernel): string {
  switch (kernel.kind) {
    case 'loop': {
      const rows = kernel.axes.slice(0, kernel.rowRank).join('×');
      const columns = kernel.axes.slice(kernel.rowRank).join('×');
      const space = kernel.folds.length === 0 ? `[${kernel.axes.join('×')}]` : `[${rows || 1} rows of ${columns}]`;
      return `loop      ${space} ${kernel.loads.length} loads, ${kernel.folds.length} folds, ${kernel.stores.length} stores`;
    }
    case 'contract': {
      const { batch, rows, columns, contracted } = kernel.contraction;
      const ending = kernel.epilogue ? `, then ${describeKernel(kernel.epilogue)}` : '';
      return `contract  batch ${axesSize(batch)}, rows ${axesSize(rows)}, columns ${axesSize(columns)}, contracted ${axesSize(contracted)}${ending}`;
    }
    case 'indexedContraction': {
      const { batch, rows, columns, contracted } = kernel.contraction;
      const added = kernel.added ? `, then ${describeKernel(kernel.added)}` : '';
      const by = kernel.lookups.map(({ tensor }) => tensor).join(' and ');
      return `indexed   ${axesSize(kernel.steps)} by ${by} of batch ${axesSize(batch)}, rows ${axesSize(rows)}, columns ${axesSize(columns)}, contracted ${axesSize(contracted)}${added}`;
    }
    case 'gather':
      return `gather    ${kernel.outer}×${kernel.count} of ${kernel.size} rows of ${kernel.inner}${each(kernel)}`;
    case 'scatter':
      return `scatter   ${kernel.outer}×${kernel.count} into ${kernel.size} rows of ${kernel.inner}${each(kernel)}`;
    case 'scan':
      return `scan      ${kernel.outer}×${kernel.count} rows of ${kernel.inner}`;
    case 'windowSum':
      return `windowSum ${kernel.outer}×${kernel.positions}×${kernel.inner} windows of ${kernel.size}`;
    case 'argSort':
      return `argSort   ${kernel.outer * kernel.inner} times ${kernel.count}`;
  }
}
