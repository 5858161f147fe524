/** A point in time without a zone: milliseconds since 1970-01-01, as if it were UTC. */
export type Timestamp = number;

const pattern =
  /^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?)?)?$/;
const quarterPattern = /^(\d{4})[- ]?Q([1-4])$/i;

/**
 * Reads `2024`, `2024-03`, `2024-03-01`, `2024-03-01 12:30`, the same with `T`, seconds or a zone (which is ignored), `2024-Q1`.
 *
 * @returns undefined for anything else, and for days that no month has
 */
export function parseTimestamp(text: string): Timestamp | undefined {
  const trimmed = text.trim();
  const quarter = quarterPattern.exec(trimmed);
  if (quarter !== null) return Date.UTC(Number(quarter[1]), 3 * (Number(quarter[2]) - 1), 1);
  const found = pattern.exec(trimmed);
  if (found === null) return undefined;
  const [year, month = 1, day = 1, hour = 0, minute = 0, second = 0] = found
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const time = Date.UTC(year ?? 0, month - 1, day, hour, minute, second);
  const back = new Date(time);
  const isReal =
    back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return isReal ? time : undefined;
}

/** A timestamp as text: the day, and the time of day where it is not midnight. */
export function formatTimestamp(time: Timestamp): string {
  const text = new Date(time).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 19).replace('T', ' ');
}
