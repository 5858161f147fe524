import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../compare/result.ts';
import { taskDefaults } from '../compare/settings.ts';
import { summarize } from '../compare/summary.ts';
import { chartsOf } from './chart-data.ts';
import { chartScript } from './charts.ts';
import { escapeHtml } from './html.ts';
import { reportPage } from './page.ts';
import { type Results, resultsOf } from './results.ts';

const name = '<script><b>"Tom & Jerry\'s".txt';

function results(): Results {
  const run = (structure: string, width: number, loss: number): RunResult => ({
    key: structure + width,
    spec: {
      task: 'text',
      structure,
      width,
      naiveRates: false,
      seed: 0,
      steps: 20,
      batch: 2,
      rate: 0.003,
      warmup: 2,
      layers: 1,
      device: 'wasm',
      context: 8,
      heads: 4,
      vocabulary: 9,
      textHash: '',
    },
    cost: {
      parameters: 1000,
      bodyParameters: 900,
      activeParameters: 1000,
      macs: 10 * width,
      headMacs: 1,
      attentionMacs: 2,
      totalMacs: 10 * width + 3,
    },
    loss,
    standardError: 0.1,
    unitLosses: [loss, loss],
    evaluations: [
      { step: 10, seconds: 1, loss: 2 * loss },
      { step: 20, seconds: 2, loss },
    ],
    seconds: 2,
    tokensPerSecond: 160,
  });
  const runs = [run('dense', 16, 2), run('dense', 32, 1.5), run('btt', 16, 1.9), run('btt', 36, 1.4)];
  const settings = {
    task: 'text',
    text: { name, characters: 1000, vocabulary: 9, hash: 'x' },
    structures: ['dense', 'btt'],
    widths: { dense: [16, 32], btt: [16, 36] },
    seed: 0,
    seeds: 1,
    steps: 20,
    budgetSeconds: undefined,
    batch: 2,
    rate: taskDefaults.text.rate,
    context: 8,
    layers: 1,
    heads: 4,
    naiveRates: false,
    device: 'wasm',
  } as const;
  return resultsOf(settings, 20, summarize(runs, 0), runs, { threads: 2, wallSeconds: 3 });
}

describe('reportPage', () => {
  it('escapes names, in the page and in the data', () => {
    const page = reportPage(results());
    expect(page).not.toContain('<script><b>');
    expect(page).toContain(escapeHtml(name));
    expect(escapeHtml(`<a href="x">'&'</a>`)).toBe('&#60;a href=&#34;x&#34;&#62;&#39;&#38;&#39;&#60;/a&#62;');
  });

  it('asks nothing of any server', () => {
    const page = reportPage(results());
    expect(page).not.toMatch(/<(?:script|img|iframe)[^>]*\ssrc=|<link[^>]*href="(?!data:)|@import|url\((?!['"]?data:)/);
  });

  it('holds the results that the table shows', () => {
    const all = results();
    const page = reportPage(all);
    const embedded = /<script type="application\/json" id="results">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    expect(JSON.parse(embedded)).toEqual(JSON.parse(JSON.stringify(all)));
    for (const row of all.rows) expect(page).toContain(`<td class="number">${row.loss.toFixed(3)} ±`);
  });
});

describe('chartsOf', () => {
  it('plots loss against compute, against time, and over widths with frontiers', () => {
    const charts = chartsOf(results());
    expect(charts.map(({ title }) => title)).toEqual([
      'Loss against compute',
      'Loss against time',
      'Final loss over widths, and frontiers',
    ]);
    const [compute, time, widths] = charts;
    expect(compute?.lines[0]).toMatchObject({
      name: 'dense 16',
      points: [
        [160 * 10 * 16, 4],
        [160 * 20 * 16, 2],
      ],
    });
    expect(time?.lines[3]).toMatchObject({
      name: 'btt 36',
      points: [
        [1, 2.8],
        [2, 1.4],
      ],
    });
    expect(widths?.lines.map((line) => [line.name, line.points.length])).toEqual([
      ['dense', 2],
      ['dense, frontier', 2],
      ['btt', 2],
      ['btt, frontier', 2],
    ]);
  });
});

describe('mixtures of experts', () => {
  const mixed = (): Results => {
    const plain = results();
    const layer = {
      path: 'blocks.0.mlp.up',
      tokens: 8,
      load: [6, 2, 0, 8],
      dropped: 0,
      droppedShare: 0,
      imbalance: 2,
      tokenPerplexity: 2.5,
      aggregatePerplexity: 3.5,
      balance: 1.2,
    };
    const runs = plain.runs.map((run) =>
      run.spec.structure === 'dense'
        ? run
        : { ...run, routing: [10, 20].map((step) => ({ step, layers: [layer, { ...layer, balance: 1 }] })) },
    );
    return {
      ...plain,
      runs,
      rows: plain.rows.map((row) => (row.structure === 'dense' ? row : { ...row, activeParameters: 700 })),
    };
  };

  it('have charts of perplexity, balance and load, and only where there are any', () => {
    const charts = chartsOf(mixed()).slice(3);
    expect(charts.map(({ title, lines }) => [title.split(/[,:]/)[0], lines.length])).toEqual([
      ['Perplexity of routing', 4],
      ['Balance loss', 2],
      ['Load of the experts at the end', 2],
    ]);
    expect(charts[1]?.lines[0]?.points).toEqual([
      [10, 1.1],
      [20, 1.1],
    ]);
    expect(charts[2]?.lines[0]?.points).toEqual([
      [1, 2],
      [2, 1.5],
      [3, 0.5],
      [4, 0.01],
    ]);
  });

  it('have a column for the parameters that a token uses', () => {
    expect(reportPage(mixed())).toContain('of these<br>active');
    expect(reportPage(mixed())).toContain('<td class="number">700</td>');
    expect(reportPage(results())).not.toContain('of these<br>active');
  });
});

describe('chartScript', () => {
  it('is a script that stands by itself', () => {
    expect(() => new Function(chartScript)).not.toThrow();
    const drawn: unknown[] = [];
    class Plot {
      static join = (tables: unknown): unknown => tables;
      constructor(...all: unknown[]) {
        drawn.push(all);
      }
    }
    const element = { clientWidth: 600, textContent: JSON.stringify(chartsOf(results())) };
    runInNewContext(chartScript, {
      uPlot: Plot,
      document: { documentElement: {}, getElementById: () => element },
      getComputedStyle: () => ({ getPropertyValue: () => '#000' }),
      matchMedia: () => ({ addEventListener: () => {} }),
      addEventListener: () => {},
      innerWidth: 600,
    });
    expect(drawn).toHaveLength(3);
  });
});
