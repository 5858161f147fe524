/**
 * Ends a check: one line when nothing was found, else each finding on its own line and exit status 1.
 *
 * @param name - the check, such as `layers`.
 * @param findings - what is wrong, one sentence each, the file first.
 * @param summary - what was looked at, such as `120 files, 640 imports`.
 */
export function report(name: string, findings: readonly string[], summary: string): void {
  for (const finding of findings) console.error(`${name}: ${finding}`);
  if (findings.length > 0) {
    console.error(`${name}: ${findings.length} finding${findings.length === 1 ? '' : 's'} in ${summary}`);
    process.exitCode = 1;
  } else {
    console.log(`${name}: ok (${summary})`);
  }
}
