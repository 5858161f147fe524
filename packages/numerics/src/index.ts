// Randomness: keys, streams, and what is drawn from them
export { bitsAt, fillBits, foldIn, keyFromSeed, type RandomKey, type Rng, rngFromKey, splitKey } from './random/rng.ts';
export { threefry2x32, threefry2x32Into } from './random/threefry.ts';
export { categorical, categoricalFromLogits } from './random/categorical.ts';
export { normal } from './random/normal.ts';
export { permutation } from './random/permutation.ts';
export { uniform, uniform24, uniformInteger } from './random/uniform.ts';

// Special functions
export { erf, erfc } from './special/erf.ts';
export { logSumExp } from './special/log-sum-exp.ts';
export { normalQuantile } from './special/normal-quantile.ts';
export { softplus, softplusDerivative } from './special/softplus.ts';

// Floating-point formats of 16 bits
export { decode16, decodeAll16, encode16, encodeAll16, type SixteenBitFormat } from './floats/sixteen-bit.ts';

// Small dense linear algebra
export { identityMatrix, type Matrix, matrix, matrixMultiply, matrixTranspose } from './linalg/matrix.ts';
export { jacobiSvd, type Svd } from './linalg/jacobi-svd.ts';
export { type LeastSquares, leastSquares, type LeastSquaresOptions } from './linalg/least-squares.ts';
export { matrixRank, type MatrixRankOptions } from './linalg/matrix-rank.ts';
export { type Qr, qr, type QrOptions } from './linalg/qr.ts';

// Statistics
export { bootstrap, type BootstrapInterval, type BootstrapOptions } from './stats/bootstrap.ts';
export { quantile, quantileOfSorted } from './stats/quantile.ts';
export { standardError } from './stats/standard-error.ts';
export { type Moments, noMoments, sampleVariance, welford, welfordAdd, welfordMerge } from './stats/welford.ts';
export { sum } from './sum.ts';

// Roots
export { bisect, type BisectOptions } from './optimize/bisect.ts';
