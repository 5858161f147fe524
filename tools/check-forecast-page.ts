// Opens the example that forecasts tables in a headless Chromium against the built packages: drops a CSV of two series on it, one of them with a
// fault, and a broken file, and asks for the right forecast, the fault by name, a message that says where the file is broken, and an empty console.
//   node tools/check-forecast-page.ts [--screenshots FOLDER]
import { join } from 'node:path';
import { checkServedExample, dropFile, openPage, type Visit } from './lib/served-example.ts';

/** What a month of the series is. */
const truth = (i: number): number => 200 + i + 30 * Math.sin((2 * Math.PI * i) / 12);
const month = (i: number): string => `${2010 + Math.floor(i / 12)}-${String(1 + (i % 12)).padStart(2, '0')}`;

/** A season on a line, and a series with a text among its numbers. */
function shops(): string {
  const good = Array.from({ length: 96 }, (_, i) => `north,${month(i)},${truth(i).toFixed(3)}`);
  const bad = Array.from({ length: 30 }, (_, i) => `south,${month(i)},${i === 7 ? 'closed' : i}`);
  return ['id,month,sales', ...good, ...bad].join('\n');
}

/** What is wrong with the page. */
async function pageFindings(visit: Visit): Promise<string[]> {
  const { folder } = visit;
  const findings: string[] = [];
  const page = await openPage(visit, { width: 900, height: 900 }, findings);
  await page.locator('output', { hasText: 'no table yet' }).waitFor();
  const drop = (name: string, text: string): Promise<void> => dropFile(page, name, text);
  const ends = async (text: RegExp | string, what: string): Promise<void> => {
    const done = page.locator('output', { hasText: text });
    await done
      .waitFor({ timeout: 120_000 })
      .catch(async () => findings.push(`${what} ends with "${await page.locator('output').textContent()}"`));
  };
  await drop('shops.csv', shops());
  await ends(/^1 series of shops\.csv forecast/, 'the table of two shops');
  const rows = await page.locator('tbody tr').allInnerTexts();
  const medians = rows.map((text) => Number(text.split('\t')[3]));
  if (rows.length !== 24) findings.push(`the forecast has ${rows.length} rows; expected 24`);
  const worst = Math.max(...medians.map((value, h) => Math.abs(value - truth(96 + h))));
  // the last season, repeated, is off by the 24 that the line rises in two years
  if (!(worst < 24))
    findings.push(`the forecast is ${worst.toFixed(1)} from the season on a line; expected less than 24`);
  if (rows[0]?.split('\t')[1] !== '2018-01-01') findings.push(`the first step is ${rows[0]}; expected 2018-01-01`);
  if ((await page.locator('#charts svg polygon.band').count()) !== 2) findings.push('the chart has not two bands');
  const notes = await page.locator('ul li').allInnerTexts();
  if (!notes.some((note) => note.includes('south: line 105 of shops.csv: "sales" is "closed"')))
    findings.push(`the series with a fault is not named with its line: ${notes.join(' | ')}`);
  if (folder !== undefined) await page.screenshot({ path: join(folder, 'forecast.png') });
  await drop('broken.csv', 'month,sales\n2020-01\n');
  await ends('line 2 of broken.csv has 1 cells; expected 2', 'a broken file');
  await page.locator('button').click();
  await ends(/^1 series of example\.csv forecast/, 'the example');
  await page.close();
  return findings.map((finding) => `: ${finding}`);
}

await checkServedExample(
  { name: 'forecast page', example: 'examples/15-forecast-in-the-browser', what: '1 page' },
  pageFindings,
);
