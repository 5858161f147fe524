import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile, replaceFolder } from './atomic-write.ts';
import { assertReportFolder, writeReport } from './report-folder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'einlab-report-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('replaceFolder', () => {
  it('puts a folder in place, and in the place of another, and leaves nothing beside it', () => {
    const report = join(folder, 'a', 'report');
    replaceFolder(report, { 'x.txt': 'one', 'y.txt': 'two' });
    replaceFolder(report, { 'x.txt': 'three' });
    expect(readFileSync(join(report, 'x.txt'), 'utf8')).toBe('three');
    expect(readdirSync(report)).toEqual(['x.txt']);
    expect(readdirSync(join(folder, 'a'))).toEqual(['report']);
  });

  it('keeps what was there, and leaves no part, when writing fails', () => {
    const report = join(folder, 'report');
    replaceFolder(report, { 'x.txt': 'one' });
    // The second file's folder does not exist, as a stand-in for a disk that fills up between two files.
    expect(() => replaceFolder(report, { 'x.txt': 'two', 'missing/y.txt': 'never' })).toThrow(/ENOENT/);
    expect(readFileSync(join(report, 'x.txt'), 'utf8')).toBe('one');
    expect(readdirSync(folder)).toEqual(['report']);
  });
});

describe('replaceFile', () => {
  it('leaves the old file and no part when writing fails', () => {
    const path = join(folder, 'x.txt');
    replaceFile(path, 'one');
    replaceFile(path, 'two');
    expect(() => replaceFile(join(folder, 'missing', 'x.txt'), 'never')).toThrow();
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(readdirSync(folder)).toEqual(['x.txt']);
  });
});

describe('assertReportFolder', () => {
  it('takes a folder that is new, or empty', () => {
    mkdirSync(join(folder, 'empty'));
    expect(() => assertReportFolder(join(folder, 'new', 'er'), false)).not.toThrow();
    expect(() => assertReportFolder(join(folder, 'empty'), false)).not.toThrow();
  });

  it('takes a report only with force, and a folder with other files never', () => {
    const report = join(folder, 'report');
    writeReport(report, '<p>', '{}');
    expect(() => assertReportFolder(report, false)).toThrow(
      /there is a report in .*report already; --force replaces it/,
    );
    expect(() => assertReportFolder(report, true)).not.toThrow();
    writeFileSync(join(report, 'thesis.txt'), 'mine');
    expect(() => assertReportFolder(report, true)).toThrow(/holds other files \(thesis\.txt\)/);
  });

  it.runIf(existsSync('/proc/self'))(
    'refuses a place where no folder can be made although permissions allow it',
    () => {
      expect(() => assertReportFolder('/proc/report', false)).toThrow(
        /\/proc\/report cannot be written: .*expected a place/,
      );
    },
  );

  it('names a place that is a file, or lies under one', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => assertReportFolder(file, true)).toThrow(/--report .*file is a file/);
    expect(() => assertReportFolder(join(file, 'report'), false)).toThrow(/cannot be written: .*file is a file/);
  });
});

describe('writeReport', () => {
  it('says in one message what could not be written and why', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => writeReport(join(file, 'report'), '', '')).toThrow(
      expect.objectContaining({
        status: 1,
        message: expect.stringMatching(/the report report cannot be written to .*file: /),
      }),
    );
    expect(existsSync(join(file, 'report'))).toBe(false);
  });
});
