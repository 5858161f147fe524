import { EinlabError } from '@einlab/einsum-core';
import { formatTimestamp, type Timestamp } from './timestamp.ts';

/** Regular steps in time. */
export interface Calendar {
  /** As pandas calls it: `h`, `D`, `B`, `W`, `ME`, `QE`, `YE`, `15min`, … */
  readonly frequency: string;
  /** The season of its steps that people look for first: 24 hours, 7 days, 52 weeks, 12 months, 4 quarters. */
  readonly season: number;
  /** The timestamp `steps` steps later. */
  readonly advance: (time: Timestamp, steps: number) => Timestamp;
}

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];

/** Calendars whose steps are all equally long. */
const fixed: readonly (readonly [frequency: string, step: number, season: number])[] = [
  ['s', second, 60],
  ['min', minute, 60],
  ['5min', 5 * minute, 288],
  ['10min', 10 * minute, 144],
  ['15min', 15 * minute, 96],
  ['30min', 30 * minute, 48],
  ['h', hour, 24],
  ['D', day, 7],
  ['W', 7 * day, 52],
];

const isWeekend = (time: Timestamp): boolean => [0, 6].includes(new Date(time).getUTCDay());

/** True where a Friday is followed by a day of the next week: only then do days of business differ from days. */
const leapsWeekend = (times: readonly Timestamp[]): boolean =>
  times.some((time, i) => i > 0 && addBusinessDays(times[i - 1], 1) - times[i - 1] > day && time - times[i - 1] > day);

/** Months later, on the same day of the month, or on the last one where there is none; the last day of a month stays the last. */
function addMonths(time: Timestamp, months: number): Timestamp {
  const from = new Date(time);
  const isLast = new Date(time + day).getUTCMonth() !== from.getUTCMonth();
  const first = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1);
  const next = new Date(first);
  const length = new Date(Date.UTC(next.getUTCFullYear(), next.getUTCMonth() + 1, 0)).getUTCDate();
  const date = isLast ? length : Math.min(from.getUTCDate(), length);
  return first + (date - 1) * day + (time % day);
}

function addBusinessDays(time: Timestamp, steps: number): Timestamp {
  let now = time;
  for (let left = steps; left > 0; ) {
    now += day;
    if (!isWeekend(now)) left -= 1;
  }
  return now;
}

/** The calendar of a frequency. @throws {EinlabError} `option` for an unknown one */
export function calendarOf(frequency: string): Calendar {
  const step = fixed.find(([name]) => name === frequency);
  if (step !== undefined) {
    return { frequency, season: step[2], advance: (time, steps) => time + steps * step[1] };
  }
  const months: Readonly<Record<string, readonly [months: number, season: number]>> = {
    ME: [1, 12],
    QE: [3, 4],
    YE: [12, 1],
  };
  const found = months[frequency];
  if (found !== undefined)
    return { frequency, season: found[1], advance: (time, steps) => addMonths(time, steps * found[0]) };
  if (frequency === 'B') return { frequency, season: 5, advance: addBusinessDays };
  const known = [...fixed.map(([name]) => name), 'B', ...Object.keys(months)];
  throw new EinlabError(
    'option',
    `calendar: the frequency is ${JSON.stringify(frequency)}; expected one of ${known.join(', ')}`,
    {
      frequency,
    },
  );
}

/** The order in which frequencies are tried: the coarsest that reaches every timestamp is right. */
const order = ['YE', 'QE', 'ME', 'W', 'B', 'D', 'h', '30min', '15min', '10min', '5min', 'min', 's'];

/**
 * True where ascending timestamps are steps of a calendar that begins with the first of them.
 *
 * @param share - of the calendar's steps that must be met; a calendar that is met in less than a third of its steps is too fine
 */
export function meetsCalendar(calendar: Calendar, times: readonly Timestamp[], share: number = 1 / 3): boolean {
  const first = times[0];
  const most = 200_000;
  let step = 0;
  for (const time of times) {
    while (calendar.advance(first, step) < time) {
      if (step++ > most) return false;
    }
    if (calendar.advance(first, step) !== time) return false;
  }
  return times.length >= (step + 1) * share;
}

/**
 * The calendar that ascending timestamps follow; steps may be missing.
 *
 * @param where - what to call the series in errors
 * @throws {EinlabError} `data` where there are fewer than three, or none fits
 */
export function inferCalendar(times: readonly Timestamp[], where: string): Calendar {
  if (times.length < 3) {
    throw new EinlabError('data', `${where}: ${times.length} timestamps do not tell a frequency; expected at least 3`, {
      count: times.length,
    });
  }
  for (const frequency of order) {
    if (frequency === 'B' && (times.some(isWeekend) || !leapsWeekend(times))) continue;
    const calendar = calendarOf(frequency);
    // by their ends, months and quarters have unequal steps; by any day, they have the same date
    if (meetsCalendar(calendar, times)) return calendar;
  }
  const gaps = [...new Set(times.slice(1).map((time, i) => time - times[i]))].sort((a, b) => a - b);
  throw new EinlabError(
    'data',
    `${where}: the timestamps follow no frequency: steps of ${gaps
      .slice(0, 4)
      .map((gap) => `${gap / hour} h`)
      .join(', ')}; the first is ${formatTimestamp(times[0])}; expected equal steps, such as hours, days or months`,
    { gaps: gaps.slice(0, 8) },
  );
}

/** Values at every step from the first timestamp to the last, NaN where there is none. */
export function onCalendar(times: readonly Timestamp[], values: ArrayLike<number>, calendar: Calendar): number[] {
  const regular: number[] = [];
  let step = 0;
  times.forEach((time, i) => {
    while (calendar.advance(times[0], step) < time) {
      if (regular.length === step) regular.push(NaN);
      step += 1;
    }
    regular[step] = values[i];
  });
  return Array.from(regular, (value) => value ?? NaN);
}
