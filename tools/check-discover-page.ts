// Opens the example that draws causal graphs in a headless Chromium against the built packages: drops a CSV on it, and a broken one, tries each
// method, and asks for the right graph, a message that says where the file is broken, and an empty console.
//   node tools/check-discover-page.ts [--screenshots FOLDER]
import { join } from 'node:path';
import { checkServedExample, dropFile, openPage, type Visit } from './lib/served-example.ts';

/** A table in which a and b act on c: small whole arithmetic, so that no random numbers are needed. */
function collider(): string {
  const wave = (i: number, step: number): number => ((i * step) % 997) / 997 - 0.5;
  const rows = Array.from({ length: 997 }, (_, i) => {
    const [a, b, noise] = [wave(i, 1), wave(i, 311), wave(i, 523)];
    return `${a},${b},${a + b + 0.5 * noise}`;
  });
  return `a,b,c\n${rows.join('\n')}\n`;
}

/** What is wrong with the page. */
async function pageFindings(visit: Visit): Promise<string[]> {
  const { folder } = visit;
  const findings: string[] = [];
  const page = await openPage(visit, { width: 900, height: 800 }, findings);
  await page.locator('output', { hasText: 'no table yet' }).waitFor();
  const drop = (name: string, text: string): Promise<void> => dropFile(page, name, text);
  await drop('collider.csv', collider());
  await page.locator('output', { hasText: /^\d+ edges in collider/ }).waitFor();
  const edges = (await page.locator('tbody tr td:first-child').allInnerTexts()).sort();
  if (edges.join() !== 'a → c,b → c')
    findings.push(`the collider came out as ${edges.join(', ') || 'nothing'}; expected a → c, b → c`);
  if ((await page.locator('#graph svg g').count()) !== 3) findings.push('the drawing has not three boxes');
  if ((await page.locator('#graph svg path.plain').count()) !== 2) findings.push('the drawing has not two edges');
  if (folder !== undefined) await page.screenshot({ path: join(folder, 'collider.png') });
  await drop('broken.csv', 'a,b\n1.5,2\n2.5,\n');
  const message = page.locator('output', { hasText: 'broken.csv: line 3, column 2' });
  await message
    .waitFor({ timeout: 10_000 })
    .catch(() => findings.push('a broken file is not refused with its line and column'));
  for (const method of ['ges', 'dat-lin', 'dat-graph']) {
    await page.locator('select').selectOption(method);
    await page.locator('button').click();
    const done = page.locator('output', { hasText: /^\d+ edges in example/ });
    await done
      .waitFor({ timeout: 180_000 })
      .catch(async () => findings.push(`${method} ends with "${await page.locator('output').textContent()}"`));
    if ((await page.locator('#graph svg g').count()) !== 5)
      findings.push(`${method} draws another number of boxes than five`);
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${method}.png`) });
    await page.locator('output').evaluate((element) => element.replaceChildren());
  }
  await page.close();
  return findings.map((finding) => `: ${finding}`);
}

await checkServedExample(
  { name: 'discover page', example: 'examples/13-causal-graph-in-the-browser', what: '1 page' },
  pageFindings,
);
