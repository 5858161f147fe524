// Drop a CSV and see what its columns may do next: everything is read, forecast and drawn in the page.
import { columnsOfText, fanChart } from '@einlab/chronos';
import { loadNano } from '@einlab/chronos-nano';

const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (document.querySelector(selector));
const [drop, status, charts, notes] = [find('#drop'), find('output'), find('#charts'), find('ul')];
const steps = /** @type {HTMLInputElement} */ (document.querySelector('input[type=number]'));
const say = (/** @type {string} */ text) => status.replaceChildren(text);

/** The model, loaded when it is first needed. */
let model = /** @type {ReturnType<typeof loadNano> | undefined} */ (undefined);

/** Texts as elements, without reading them as HTML. */
const elements = (/** @type {string} */ tag, /** @type {readonly string[]} */ texts) =>
  texts.map((textContent) => Object.assign(document.createElement(tag), { textContent }));

const row = (/** @type {string} */ tag, /** @type {readonly string[]} */ cells) => {
  const line = document.createElement('tr');
  line.append(...elements(tag, cells));
  return line;
};

/** Forecasts a table and shows it, or what is wrong with the file. */
async function show(/** @type {string} */ name, /** @type {string} */ text) {
  charts.replaceChildren();
  notes.replaceChildren();
  find('table').hidden = true;
  try {
    say(`forecasting ${name} …`);
    const table = columnsOfText(text, name);
    model ??= loadNano();
    const began = performance.now();
    const result = await (await model).predictTable(table, {
      horizon: steps.valueAsNumber,
      levels: [0.1, 0.25, 0.5, 0.75, 0.9],
      onProgress: (done, total) => say(`${done} of ${total} series`),
    });
    const { forecasts, refused, inferred } = result;
    charts.innerHTML = forecasts
      .slice(0, 20)
      .map(({ id, target, history, forecast, last, times }) =>
        fanChart({ title: `${target} ${id}`, history, forecast, labels: ['', last, times.at(-1) ?? ''] }),
      )
      .join('');
    const records = result.records();
    find('thead').replaceChildren(row('th', Object.keys(records[0] ?? {})));
    find('tbody').replaceChildren(
      ...records.slice(0, 200).map((record) =>
        row(
          'td',
          Object.values(record).map((cell) => (typeof cell === 'number' ? cell.toPrecision(5) : cell)),
        ),
      ),
    );
    find('table').hidden = false;
    notes.replaceChildren(
      ...elements('li', [...inferred, ...refused.map(({ id, reason }) => `not forecast: ${id}: ${reason}`)]),
    );
    say(`${forecasts.length} series of ${name} forecast in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

/** Ten years of months: a line, a season that grows with it, and some noise that needs no random numbers. */
function exampleCsv() {
  const lines = Array.from({ length: 120 }, (_, i) => {
    const month = `${2015 + Math.floor(i / 12)}-${String(1 + (i % 12)).padStart(2, '0')}`;
    const noise = ((i * 7919) % 101) / 101 - 0.5;
    return `${month},${(100 + i + (10 + i / 10) * Math.sin((2 * Math.PI * i) / 12) + 6 * noise).toFixed(2)}`;
  });
  return ['month,sales', ...lines].join('\n');
}

const take = (/** @type {File | undefined} */ file) => void file?.text().then((text) => show(file.name, text));

drop.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
drop.addEventListener('dragleave', () => drop.classList.remove('over'));
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  take(event.dataTransfer?.files[0]);
});
const input = /** @type {HTMLInputElement} */ (document.querySelector('input[type=file]'));
input.addEventListener('change', () => take(input.files?.[0]));
find('button').addEventListener('click', () => void show('example.csv', exampleCsv()));
say('no table yet');
