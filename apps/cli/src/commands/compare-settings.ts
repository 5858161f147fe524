import { resolve } from 'node:path';
import { inputError } from '../command-error.ts';
import { chooseWidths } from '../compare/plan-runs.ts';
import { type Settings, taskDefaults } from '../compare/settings.ts';
import { heldOutWindows } from '../compare/text-task.ts';
import { bookName, type LoadedText, loadText } from '../data/load-text.ts';
import type { OptionValues } from '../options/option.ts';
import type { compareOptions } from './compare-options.ts';

type Values = OptionValues<typeof compareOptions>;

/** A comparison that is ready to start. */
export interface ReadySettings {
  readonly settings: Settings;
  /** The text, for the text task. */
  readonly text: LoadedText | undefined;
}

/** Options that only the text task has. */
const textOptions = ['file', 'context', 'heads'] as const;

/** Complete settings from the options. @throws {CommandError} status 2, for options that do not go together or cannot be met. */
export function settingsFrom(values: Values): ReadySettings {
  const task = values.task ?? 'text';
  if (values.steps !== undefined && values.budget !== undefined) {
    throw inputError(
      `einlab compare: --steps ${values.steps} and --budget are both given; a budget decides the steps, so give one of them`,
    );
  }
  const stray = task !== 'text' ? textOptions.find((name) => values[name] !== undefined) : undefined;
  if (stray !== undefined)
    throw inputError(`einlab compare: --${stray} belongs to --task text; --task teacher has no text`);

  const defaults = taskDefaults[task];
  const structures = values.structures ?? defaults.structures;
  const { context = 64, heads = 4 } = values;
  const layers = values.layers ?? defaults.layers;
  const text =
    task === 'text'
      ? loadCheckedText(values.file === undefined ? undefined : resolve(values.file), context)
      : undefined;
  const sizes = { task, layers, heads, context, vocabulary: text?.info.vocabulary ?? 0 };
  const settings: Settings = {
    task,
    text: text?.info,
    structures,
    widths: chooseWidths(structures, values.widths, sizes),
    seed: values.seed ?? 0,
    seeds: values.seeds ?? 1,
    steps: values.budget === undefined ? (values.steps ?? defaults.steps) : undefined,
    budgetSeconds: values.budget,
    batch: values.batch ?? defaults.batch,
    rate: values.rate ?? defaults.rate,
    context,
    layers,
    heads,
    naiveRates: values['naive-rates'] === true,
    device: values.device === undefined || values.device === 'auto' ? 'wasm' : values.device,
  };
  return { settings, text };
}

/** The settings of an unfinished comparison, with its text loaded again. */
export function resumedSettings(settings: Settings): ReadySettings {
  if (settings.text === undefined) return { settings, text: undefined };
  const { name, hash } = settings.text;
  const text = loadCheckedText(name === bookName ? undefined : name, settings.context);
  if (text.info.hash !== hash) {
    throw inputError(
      `einlab compare: ${name} has changed since the comparison began (SHA-256 ${text.info.hash.slice(0, 12)}…, expected ${hash.slice(0, 12)}…); start again with --force`,
    );
  }
  return { settings, text };
}

/** A text that is long enough. */
function loadCheckedText(file: string | undefined, context: number): LoadedText {
  const text = loadText(file);
  if (heldOutWindows(new Int32Array(text.ids), context) < 2) {
    throw inputError(
      `einlab compare: ${text.info.name} has ${text.info.characters} characters; --context ${context} needs at least ${20 * (context + 1)}, since the last tenth is held out (two windows at least)`,
    );
  }
  return text;
}
