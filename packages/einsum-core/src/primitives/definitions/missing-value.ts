import { type DType, isFloat } from '../../base/dtype.ts';

/** What stands where an index leads nowhere: NaN, and 0 for integers. */
export const missingValue = (dtype: DType): number => (isFloat(dtype) ? Number.NaN : 0);
