import { EinlabError } from '@einlab/einsum-core';
import { type Calendar, calendarOf, inferCalendar, meetsCalendar } from '../series/calendar.ts';
import type { Timestamp } from '../series/timestamp.ts';

/** Times of a series, ascending. */
export interface TimedSeries {
  readonly id: string;
  readonly times: readonly Timestamp[];
}

/** The calendar of a table's series, and those that do not follow it. */
export interface SharedCalendar {
  readonly calendar: Calendar | undefined;
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * The calendar that most series follow, of those with three times or more; the others are refused.
 *
 * @param frequency - where it is known
 */
export function sharedCalendar(series: readonly TimedSeries[], frequency?: string): SharedCalendar {
  const own = series.map(({ times }) => {
    try {
      return times.length < 3 ? undefined : inferCalendar(times, 'its times').frequency;
    } catch (error) {
      if (error instanceof EinlabError) return undefined;
      throw error;
    }
  });
  const candidates = [...new Set(own.filter((found) => found !== undefined))];
  const followers = (found: string): number =>
    series.filter(({ times }) => times.length >= 3 && meetsCalendar(calendarOf(found), times)).length;
  // days are steps of a series that happens to lie between two weekends, too
  const [chosen] = candidates
    .map((found) => [found, candidates.length === 1 ? 1 : followers(found)] as const)
    .reduce<readonly [string | undefined, number]>((best, each) => (each[1] > best[1] ? each : best), [undefined, 0]);
  const name = frequency ?? chosen;
  if (name === undefined) {
    return { calendar: undefined, refused: series.map(({ id, times }) => ({ id, reason: reasonOf(times) })) };
  }
  const calendar = calendarOf(name);
  const refused = series.flatMap(({ id, times }, i) => {
    // a frequency that was asked for may leave as many gaps as it likes
    if (meetsCalendar(calendar, times, frequency === undefined ? 1 / 3 : 0)) return [];
    const found = own[i];
    return [
      {
        id,
        reason: found === undefined ? reasonOf(times) : `its steps are ${found}; those of the other series are ${name}`,
      },
    ];
  });
  return { calendar, refused };
}

/** Why times tell no calendar. */
function reasonOf(times: readonly Timestamp[]): string {
  try {
    return `its steps are ${inferCalendar(times, 'its times').frequency}; expected those that were asked for`;
  } catch (error) {
    return error instanceof EinlabError ? error.message : String(error);
  }
}
