import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from './result.ts';
import type { Settings } from './settings.ts';
import { openState, readStateSettings, stateFolder } from './state.ts';

let folder = '';
beforeEach(() => {
  folder = stateFolder(join(mkdtempSync(join(tmpdir(), 'einlab-state-')), 'report'));
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const settings = { task: 'teacher', seed: 1 } as unknown as Settings;
const result = { key: 'abc', loss: 1.5 } as unknown as RunResult;

describe('the state of a comparison', () => {
  it('gives back what was recorded, when it is opened again with the same settings', () => {
    const state = openState(folder, settings, false);
    state.record({ kind: 'steps', steps: 120 });
    writeFileSync(state.checkpointOf('abc'), '');
    state.record({ kind: 'result', result });
    const again = openState(folder, settings, false);
    expect(again.steps).toBe(120);
    expect(again.results).toEqual(new Map([['abc', result]]));
    expect(existsSync(again.checkpointOf('abc'))).toBe(false);
    expect(readStateSettings(folder)).toEqual(settings);
  });

  it('ignores a last line that was cut off, and goes on after it', () => {
    const state = openState(folder, settings, false);
    state.record({ kind: 'steps', steps: 7 });
    appendFileSync(join(folder, 'log.jsonl'), '{"kind":"resu');
    const again = openState(folder, settings, false);
    again.record({ kind: 'result', result });
    expect(again.steps).toBe(7);
    expect(openState(folder, settings, false).results.size).toBe(1);
  });

  it('refuses other settings, unless it may discard what is there', () => {
    openState(folder, settings, false).record({ kind: 'result', result });
    const other = { ...settings, seed: 2 };
    expect(() => openState(folder, other, false)).toThrow(
      /holds an unfinished comparison with other settings; .*--force discards it/,
    );
    expect(openState(folder, other, true).results.size).toBe(0);
    expect(readStateSettings(folder)).toEqual(other);
  });

  it('says so when there is nothing to resume, or it is damaged', () => {
    expect(() => readStateSettings(folder)).toThrow(/there is nothing to resume in .*: no such file or folder/);
    openState(folder, settings, false);
    writeFileSync(join(folder, 'settings.json'), '{');
    expect(() => readStateSettings(folder)).toThrow(/settings\.json is damaged/);
  });

  it('leaves no half line when the log cannot be written', () => {
    const state = openState(folder, settings, false);
    state.record({ kind: 'steps', steps: 7 });
    const before = readFileSync(join(folder, 'log.jsonl'), 'utf8');
    rmSync(folder, { recursive: true });
    expect(() => state.record({ kind: 'result', result })).toThrow(
      /cannot be written to .*: no such file or folder \(ENOENT\)/,
    );
    expect(before.endsWith('\n')).toBe(true);
    expect(existsSync(folder)).toBe(false);
  });
});
