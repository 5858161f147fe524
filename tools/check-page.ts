// Opens the example that trains in a browser, in a headless Chromium against the built packages, on each of its devices:
// it must run on threads or on an adapter, draw while it trains, learn its lines, and leave the console empty.
//   node tools/check-page.ts [--screenshots FOLDER]
import { join } from 'node:path';
import { checkServedExample, openPage, type Visit } from './lib/served-example.ts';

/**
 * How long each model trains, fewer steps where a processor imitates a graphics card, and what its loss must end below:
 * guessing has ln(19) ≈ 2.9 nats, knowing the lines by heart nearly 0.
 */
const trainings = { wasm: { steps: 150, learned: 0.5 }, webgpu: { steps: 20, learned: 2.2 } } as const;

/** In the page: how many points the first curve has. */
const pointsOfFirstCurve = (): number =>
  document.querySelector('polyline')?.getAttribute('points')?.split(' ').length ?? 0;

/** Trains on one device; what is wrong with that. */
async function pageFindings(visit: Visit, device: 'wasm' | 'webgpu'): Promise<string[]> {
  const { url, folder } = visit;
  const { steps, learned } = trainings[device];
  const findings: string[] = [];
  const page = await openPage(
    { ...visit, url: `${url}?device=${device}&steps=${steps}` },
    { width: 800, height: 640 },
    findings,
  );
  const early = await page.waitForFunction(pointsOfFirstCurve);
  if ((await early.jsonValue()) > steps / 5) findings.push('the first curve was not drawn before it was complete');
  const end = page.locator('output', { hasText: /^(done|stopped)/ });
  await end.waitFor({ timeout: 180_000 }).catch(() => findings.push('training did not end within three minutes'));
  const status = await page.locator('output').textContent();
  const expected = device === 'wasm' ? /^done, on wasm \([2-9]\d* threads\)$/ : /^done, on webgpu \(.+\)$/;
  if (!expected.test(status ?? '')) findings.push(`it says "${status}"`);
  const rows = await page.locator('tbody tr').allInnerTexts();
  if (rows.length !== 2) findings.push(`it shows ${rows.length} models, expected 2`);
  for (const row of rows) {
    const [structure, , step, loss] = row.split(/\s+/);
    if (Number(step) !== steps) findings.push(`${structure} ended at step ${step} of ${steps}`);
    if (!(Number(loss) < learned))
      findings.push(`${structure} ended with the loss ${loss}, expected less than ${learned}`);
  }
  for (const curve of await page.locator('polyline').all()) {
    const count = (await curve.getAttribute('points'))?.split(' ').length;
    if (count !== 1 + steps / 5) findings.push(`a curve has ${count} points, expected ${1 + steps / 5}`);
  }
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${device}.png`) });
  await page.close();
  return findings.map((finding) => ` on ${device}: ${finding}`);
}

await checkServedExample(
  { name: 'page', example: 'examples/11-in-the-browser', what: '1 page on 2 devices' },
  async (visit) => {
    const findings: string[] = [];
    for (const device of ['wasm', 'webgpu'] as const) findings.push(...(await pageFindings(visit, device)));
    return findings;
  },
);
