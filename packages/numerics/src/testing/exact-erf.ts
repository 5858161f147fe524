/** Fixed-point numbers with this many binary digits after the point. */
const fractionBits = 4200n;
const one = 1n << fractionBits;

/** ln 2 and 1/√π are not needed: 2/√π comes from π by Machin's formula and an integer square root. */
const twoOverSqrtPi = (2n * one * one) / integerSquareRoot(machinPi() * one);

/**
 * erf and erfc of an f64 number, from the series
 *
 *   erf(x) = 2/√π · Σ_k (−1)ᵏ x^(2k+1) / (k! (2k+1))
 *
 * in fixed point with 4200 binary digits: for |x| ≤ 27 its largest term has less than 1100 digits before the point, and
 * erfc less than 1100 zeros after it, so that far more than 53 digits of either are right.
 */
export function exactErf(x: number): { erf: number; erfc: number } {
  const argument = toFixed(x);
  const square = (argument * argument) >> fractionBits;
  let power = argument;
  let total = 0n;
  for (let k = 0n; power !== 0n && power !== -1n; k += 1n) {
    total += (k % 2n === 0n ? power : -power) / (2n * k + 1n);
    power = ((power * square) >> fractionBits) / (k + 1n);
  }
  const erf = (total * twoOverSqrtPi) >> fractionBits;
  return { erf: toNumber(erf), erfc: toNumber(one - erf) };
}

function toFixed(x: number): bigint {
  // Scaled by 2^1074 every f64 number is an integer; in two steps, because 2^1074 is too large for f64.
  let mantissa = x;
  let shift = fractionBits;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    shift -= 1n;
  }
  return BigInt(mantissa) << shift;
}

/** The nearest f64 number up to a relative error of 2⁻⁵³ (twice rounded, and truncated where subnormal). */
function toNumber(fixed: bigint): number {
  const size = fixed < 0n ? -fixed : fixed;
  const bits = BigInt(size.toString(2).length);
  const drop = bits > 64n ? bits - 64n : 0n;
  const scaled = Number(size >> drop);
  const exponent = Number(drop - fractionBits);
  // In two steps, so that 2^exponent itself does not underflow.
  const value = scaled * 2 ** Math.ceil(exponent / 2) * 2 ** Math.floor(exponent / 2);
  return fixed < 0n ? -value : value;
}

/** π = 16 arctan(1/5) − 4 arctan(1/239), in fixed point. */
function machinPi(): bigint {
  return 16n * arctanOfInverse(5n) - 4n * arctanOfInverse(239n);
}

function arctanOfInverse(n: bigint): bigint {
  let power = one / n;
  let total = 0n;
  for (let k = 0n; power !== 0n; k += 1n) {
    total += (k % 2n === 0n ? power : -power) / (2n * k + 1n);
    power /= n * n;
  }
  return total;
}

/** ⌊√n⌋ by Newton's iteration from above. */
function integerSquareRoot(n: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(n.toString(2).length / 2));
  for (;;) {
    const next = (root + n / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}
