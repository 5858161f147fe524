import type { PropertyMeta } from './meta.ts';

/** What the summary needs to know of one finished test. */
export interface TestRecord {
  /** File and full name. */
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly backend?: string | undefined;
  readonly adapter?: string | undefined;
  readonly property?: PropertyMeta | undefined;
  /** What it checked a law of; undefined where it checked none. */
  readonly law?: string | undefined;
  /** Why it was skipped. */
  readonly note?: string | undefined;
}

/**
 * The block that says what a run really ran; its last line is `Tests: N passed, N failed, N skipped`.
 *
 * @param brokenFiles - files that could not be loaded and errors outside tests; each counts as a failure.
 */
export function summarize(tests: readonly TestRecord[], brokenFiles: readonly string[], seed: number): string {
  const inState = (state: TestRecord['state']): readonly TestRecord[] => tests.filter((test) => test.state === state);
  const [passed, failed, skipped] = [inState('passed'), inState('failed'), inState('skipped')];
  const lines = [
    '',
    `Backends: ${countBackends(tests)}`,
    `Adapters: ${[...new Set(tests.flatMap(({ adapter }) => adapter ?? []))].join(', ') || 'none'}`,
    `Seed: ${seed} (EINLAB_SEED)`,
    `Properties: ${countProperties(tests)}`,
    `Laws: ${countLaws(tests)}`,
    `Skips: ${skipped.length}`,
    ...skipped.map((test) => `  skipped: ${test.name}${test.note ? ` (${test.note})` : ''}`),
    ...brokenFiles.map((name) => `  broken: ${name}`),
    `Tests: ${passed.length} passed, ${failed.length + brokenFiles.length} failed, ${skipped.length} skipped`,
  ];
  return lines.join('\n');
}

function countBackends(tests: readonly TestRecord[]): string {
  const counts = new Map<string, number>();
  for (const { backend, state } of tests) {
    if (backend !== undefined && state !== 'skipped') counts.set(backend, (counts.get(backend) ?? 0) + 1);
  }
  if (counts.size === 0) return 'none';
  return [...counts].map(([backend, count]) => `${backend} (${count} ${count === 1 ? 'test' : 'tests'})`).join(', ');
}

/** `1300: 60 primitives × 2 backends (reference 400, wasm 800), and 100 on none`. */
function countLaws(tests: readonly TestRecord[]): string {
  const laws = tests.filter(({ law, state }) => law !== undefined && state !== 'skipped');
  const primitives = new Set(laws.map(({ law }) => law)).difference(new Set(['']));
  const perBackend = new Map<string, number>();
  for (const { backend } of laws)
    if (backend !== undefined) perBackend.set(backend, (perBackend.get(backend) ?? 0) + 1);
  if (laws.length === 0) return 'none';
  const counts = [...perBackend].map(([backend, count]) => `${backend} ${count}`).join(', ');
  const others = laws.filter(({ backend }) => backend === undefined).length;
  return `${laws.length}: ${primitives.size} primitives × ${perBackend.size} backends (${counts}), and ${others} on none in particular`;
}

function countProperties(tests: readonly TestRecord[]): string {
  const done = tests.flatMap(({ property }) => (property === undefined ? [] : [property]));
  const runs = done.reduce((sum, { runs: own }) => sum + own, 0);
  const cut = done.filter(({ runs: own, requested }) => own < requested).length;
  return `${done.length} with ${runs} cases in all${cut > 0 ? `, ${cut} ended early by the time cap or a failure` : ''}`;
}
