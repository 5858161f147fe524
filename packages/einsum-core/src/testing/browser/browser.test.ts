import { fileURLToPath } from 'node:url';
import { describeWhereFound, isRequired, SEED } from '@einlab/testkit';
import { bundle, missingBrowser, openChromium, openPage, type TestPage } from '@einlab/testkit/browser';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LawSuite, lawSuite } from './law-suites.test-helper.ts';
import { type LongRun, runLongProgram } from './long-program.test-helper.ts';

/** What a group of tests calls: functions of the page's script, in the page or in a worker of it. */
type Call = TestPage['call'];

describeWhereFound('in a browser', 'browser', missingBrowser(), () => {
  let script: string;
  let browser: Awaited<ReturnType<typeof openChromium>>;
  let chromium: string;

  beforeAll(async () => {
    script = await bundle(fileURLToPath(new URL('./page.test-helper.ts', import.meta.url)));
    browser = await openChromium();
    chromium = `Chromium ${browser.version()}`;
  }, 60_000);
  afterAll(() => browser?.close());

  /** Declares tests in a page of their own, which must have nothing to complain of in the end. */
  function describePage(title: string, isIsolated: boolean, body: (call: Call) => void): void {
    describe(title, () => {
      let page: TestPage;
      beforeAll(async () => {
        page = await openPage(browser, script, { isIsolated });
      });
      afterAll(() => page?.close());

      it(`is ${isIsolated ? '' : 'not '}cross-origin isolated`, async () => {
        expect(await page.call('isIsolated')).toBe(isIsolated);
      });
      body((name, ...parameters) => page.call(name, ...parameters));
      it('asks for nothing from elsewhere, and leaves the console empty', () => {
        expect(page.complaints).toEqual([]);
      });
    });
  }

  /** Declares a test for each law of a suite, which runs where `call` leads. */
  function describeLaws(suite: LawSuite, call: Call): void {
    describe(`the laws of ${suite}`, () => {
      beforeEach(({ task }) => {
        task.meta.backend = `${suite === 'primitives' ? 'reference' : suite} in ${chromium}`;
      });
      for (const [at, { name }] of lawSuite(suite, SEED).entries()) {
        it(name, () => call('runLaw', suite, SEED, at, name));
      }
    });
  }

  /** The same for `webgpu`, if the page finds an adapter. */
  function describeWebgpuLaws(call: Call): void {
    describe('WebGPU', () => {
      let adapter: string | undefined;
      beforeAll(async () => {
        adapter = await call<string | undefined>('webgpuAdapter');
      });
      beforeEach(({ skip, task }) => {
        if (adapter !== undefined) task.meta.adapter = `${adapter} in ${chromium}`;
        else if (isRequired('webgpu'))
          throw new Error(`${chromium} finds no WebGPU adapter; REQUIRE_BACKENDS lists webgpu`);
        else skip(`${chromium} finds no WebGPU adapter`);
      });
      describeLaws('webgpu', call);
    });
  }

  const oneThreadInNode = (() => {
    let run: Promise<LongRun> | undefined;
    return () => (run ??= runLongProgram(1));
  })();

  /** Runs with different numbers of threads, all of which must have the bits of one thread in Node. */
  async function runWithThreads(call: Call, threads: readonly number[]): Promise<LongRun[]> {
    const { digest, relaxedSimd } = await oneThreadInNode();
    const runs: LongRun[] = [];
    for (const count of threads) runs.push(await call<LongRun>('runLongProgram', count));
    for (const run of runs) expect(run).toMatchObject({ digest, relaxedSimd });
    return runs;
  }

  describePage('a page that is cross-origin isolated', true, (call) => {
    it('computes with the threads it is asked for, to the same bits as one thread and as Node', async () => {
      const runs = await runWithThreads(call, [1, 2, 3]);
      expect(runs.map(({ threads }) => threads)).toEqual([1, 2, 3]);
    });

    it("leaves the page's own thread free during a long program", async () => {
      const [run] = await runWithThreads(call, [2]);
      expect(run.ticks).toBeGreaterThan(3);
      expect(run.longestGap).toBeLessThan(run.milliseconds / 2);
    });

    describeLaws('primitives', call);
    describeLaws('wasm', call);
    describeWebgpuLaws(call);
  });

  describePage('a worker of a page that is cross-origin isolated', true, (callPage) => {
    const call: Call = (name, ...parameters) => callPage('inWorker', name, ...parameters);

    it('computes with the threads it is asked for, to the same bits as one thread and as Node', async () => {
      const runs = await runWithThreads(call, [1, 2]);
      expect(runs.map(({ threads }) => threads)).toEqual([1, 2]);
    });

    describeLaws('wasm', call);
    describeWebgpuLaws(call);
  });

  describePage('a page that is not isolated', false, (call) => {
    it('says that it computes with one thread whatever it is asked for, to the same bits', async () => {
      const runs = await runWithThreads(call, [1, 2]);
      expect(runs.map(({ threads }) => threads)).toEqual([1, 1]);
    });

    it('does so in a worker, too', async () => {
      const [run] = await runWithThreads((name, ...parameters) => call('inWorker', name, ...parameters), [2]);
      expect(run.threads).toBe(1);
    });

    describeLaws('wasm', call);
  });
});
