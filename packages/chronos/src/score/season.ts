import { EinlabError } from '@einlab/einsum-core';

/** How far apart the steps of a series are. */
export type Frequency = 's' | 'min' | '5min' | '10min' | '15min' | '30min' | 'h' | 'D' | 'B' | 'W' | 'ME' | 'QE' | 'YE';

/**
 * Steps of a season that published tables score with. Days and weeks count as having none (1), although the text of the paper says 7 for
 * days: the figures are of 1.
 */
const seasons: Readonly<Record<string, number>> = {
  s: 3600,
  min: 1440,
  '5min': 288,
  '10min': 144,
  '15min': 96,
  '30min': 48,
  h: 24,
  D: 1,
  B: 5,
  W: 1,
  ME: 12,
  QE: 4,
  YE: 1,
};

/** The season of a frequency in steps, as published tables have it. @throws {EinlabError} `option` for a frequency without one */
export function seasonOf(frequency: string): number {
  const season = seasons[frequency];
  if (season === undefined) {
    throw new EinlabError(
      'option',
      `seasonOf: the frequency is ${JSON.stringify(frequency)}; expected one of ${Object.keys(seasons).join(', ')}`,
      { frequency },
    );
  }
  return season;
}
