import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type {} from './meta.ts';
import { SEED } from './seed.ts';
import { summarize, type TestRecord } from './summary.ts';

/** The vitest reporter that prints, after everything else, what the run really ran. */
export default class SummaryReporter implements Reporter {
  async onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly { readonly message: string }[],
  ): Promise<void> {
    const tests = modules.flatMap((module) => [...module.children.allTests()].map(recordOf));
    const broken = [
      ...modules.filter((module) => module.errors().length > 0).map((module) => module.relativeModuleId),
      ...unhandled.map((error) => `error outside any test: ${error.message}`),
    ];
    const text = summarize(tests, broken, SEED);
    // The other reporters print in the same event: let them finish, so that the last line is ours.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => process.stdout.write(`${text}\n`, resolve));
  }
}

function recordOf(test: TestCase): TestRecord {
  const result = test.result();
  const { adapter, backend, law, property } = test.meta();
  return {
    name: `${test.module.relativeModuleId} > ${test.fullName}`,
    // A test that never ran (the run was cut off) proves nothing: it is a skip.
    state: result.state === 'pending' ? 'skipped' : result.state,
    backend,
    law,
    adapter,
    property,
    note: result.state === 'skipped' ? result.note : undefined,
  };
}
