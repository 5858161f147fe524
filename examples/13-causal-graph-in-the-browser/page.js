// Drop a CSV and see its causal graph: everything is read, searched and drawn in the page.
import { discover, drawLinearModel, erdosRenyi, graphToSvg, readTable, simulate } from '@einlab/causal';
import { keyFromSeed, rngFromKey } from '@einlab/numerics';

const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (document.querySelector(selector));
const [drop, status, graph] = [find('#drop'), find('output'), find('#graph')];
const [rows, notes] = [find('tbody'), find('ul')];
const method = /** @type {HTMLSelectElement} */ (document.querySelector('select'));
const say = (/** @type {string} */ text) => status.replaceChildren(text);

/** Lines as a list, without reading them as HTML. */
const items = (/** @type {readonly string[]} */ lines) =>
  lines.map((text) => Object.assign(document.createElement('li'), { textContent: text }));

/** Searches a table and shows what was found, or what is wrong with the file. */
async function show(/** @type {string} */ name, /** @type {string} */ text) {
  graph.replaceChildren();
  notes.replaceChildren();
  find('table').hidden = true;
  try {
    const { table, notes: said } = readTable(text, { name });
    say(`searching ${name} …`);
    const began = performance.now();
    const found = await discover(table, {
      method: /** @type {import('@einlab/causal').DiscoverMethod} */ (method.value),
      key: keyFromSeed(0),
      training: { gameSteps: 800, refitSteps: 400, hidden: 16 },
      onProgress: ({ phase, fraction }) => say(`${phase}: ${Math.round(100 * fraction)} %`),
    });
    graph.innerHTML = graphToSvg(found.graph, { scores: found.scores });
    const { nodes, edges } = found.graph;
    const shown = nodes.flatMap((from, i) =>
      nodes.flatMap((to, j) => {
        const isOpen = edges[j * nodes.length + i] === 1;
        if (edges[i * nodes.length + j] !== 1 || (isOpen && j < i)) return [];
        return [[`${from} ${isOpen ? '—' : '→'} ${to}`, found.scores[i * nodes.length + j]?.toPrecision(3) ?? '']];
      }),
    );
    rows.replaceChildren(
      ...shown.map((cells) => {
        const row = document.createElement('tr');
        for (const cell of cells) row.insertCell().textContent = cell;
        return row;
      }),
    );
    find('table').hidden = false;
    notes.replaceChildren(...items([...said, ...found.warnings.slice(0, 20)]));
    say(`${shown.length} edges in ${name}, after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

/** A table of five variables from a random linear model. */
function exampleCsv() {
  const truth = erdosRenyi(rngFromKey(keyFromSeed(1)), 5, 1);
  const { table } = simulate(keyFromSeed(2), drawLinearModel(keyFromSeed(3), truth).model, { rows: 1000 });
  const lines = Array.from({ length: table.rows }, (_, i) => table.columns.map(({ values }) => values[i]).join(','));
  return [truth.nodes.join(','), ...lines].join('\n');
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
const input = /** @type {HTMLInputElement} */ (document.querySelector('input'));
input.addEventListener('change', () => take(input.files?.[0]));
find('button').addEventListener('click', () => void show('example.csv', exampleCsv()));
say('no table yet');
