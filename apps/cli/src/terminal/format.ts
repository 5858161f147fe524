/** A count with separators: `109,760`. */
export const formatCount = (value: number): string => Math.round(value).toLocaleString('en-US');

const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;

/** Three significant digits and a decimal prefix: `14.2k`, `2.05M`. */
export function formatMetric(value: number): string {
  let scaled = value;
  let prefix = 0;
  while (scaled >= 999.5 && prefix < prefixes.length - 1) {
    scaled /= 1000;
    prefix++;
  }
  return `${scaled >= 99.95 || prefix === 0 ? Math.round(scaled) : scaled.toPrecision(3)}${prefixes[prefix] ?? ''}`;
}

/** A time as a clock shows it: `0:07`, `12:30`, `1:02:03`. */
export function formatClock(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A number with its standard error, `1.606 ± 0.011`; the error is left out where there is none. */
export const formatEstimate = (value: number, error: number | undefined, digits: number): string =>
  error === undefined ? value.toFixed(digits) : `${value.toFixed(digits)} ± ${error.toFixed(digits)}`;

/** A difference with its sign, `-0.087` or `+0.160`. */
export const formatSigned = (value: number, digits: number): string =>
  `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;
