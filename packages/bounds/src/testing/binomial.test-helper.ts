/** ln k! for k = 0 … n. */
function logFactorials(n: number): Float64Array {
  const logs = new Float64Array(n + 1);
  for (let k = 1; k <= n; k++) logs[k] = logs[k - 1] + Math.log(k);
  return logs;
}

/** P(X ≤ limit) of a sum of n fair coins, exactly up to rounding. */
export function fairCoinTail(n: number, limit: number): number {
  const logs = logFactorials(n);
  let total = 0;
  for (let k = 0; k <= Math.min(n, Math.floor(limit)); k++)
    total += Math.exp(logs[n] - logs[k] - logs[n - k] - n * Math.LN2);
  return total;
}

/** P(X ≤ limit) of the ones among m drawn without replacement from a population with as many ones as zeros. */
export function hypergeometricTail(population: number, m: number, limit: number): number {
  const logs = logFactorials(population);
  const choose = (n: number, k: number): number => logs[n] - logs[k] - logs[n - k];
  const ones = population / 2;
  let total = 0;
  for (let k = Math.max(0, m - ones); k <= Math.min(ones, m, Math.floor(limit)); k++)
    total += Math.exp(choose(ones, k) + choose(ones, m - k) - choose(population, m));
  return total;
}
