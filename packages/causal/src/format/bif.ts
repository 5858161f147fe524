import { EinlabError } from '@einlab/einsum-core';
import { dag } from '../graph/dag.ts';
import type { Edge } from '../graph/graph.ts';
import type { BayesianNetwork, ConditionalTable } from './bayesian-network.ts';
import { type Token, type TokenReader, type TokenRules, tokenReader } from './tokens.ts';

const rules: TokenRules = {
  format: 'BIF',
  signs: ['{', '}', '(', ')', '[', ']', '|', ',', ';'],
  word: /[^\s{}()[\]|,;"]+/y,
  blank: /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y,
  hasEscapes: true,
};

/** A row of probabilities may miss 1 by this much; it is divided by its sum. */
const rowTolerance = 1e-3;

/** Jumps over a statement that is not needed, such as a property. */
function skipStatement(reader: TokenReader): void {
  while (reader.peek().kind !== 'end' && !reader.takes(';')) reader.next();
}

function readStates(reader: TokenReader): string[] {
  const states: string[] = [];
  reader.expect('{', 'after the head of a variable');
  while (!reader.takes('}')) {
    const word = reader.name('"type", "property" or "}"');
    if (word !== 'type') {
      skipStatement(reader);
      continue;
    }
    const kind = reader.peek();
    if (reader.name('"discrete"') !== 'discrete')
      reader.fail(kind, `the type is ${JSON.stringify(kind.value)}; expected discrete`);
    reader.expect('[', 'before the number of states');
    const count = reader.peek();
    const wanted = Number(reader.name('the number of states'));
    reader.expect(']', 'after the number of states');
    reader.expect('{', 'before the states');
    while (!reader.takes('}')) if (!reader.takes(',')) states.push(reader.name('a state'));
    reader.takes(';');
    if (states.length !== wanted) reader.fail(count, `there are ${states.length} states; expected ${count.value}`);
    if (new Set(states).size !== states.length) reader.fail(count, 'a state occurs twice');
  }
  return states;
}

/** Numbers up to the semicolon. */
function numbers(reader: TokenReader, count: number, token: Token): number[] {
  const values: number[] = [];
  while (!reader.takes(';')) {
    if (reader.takes(',')) continue;
    const at = reader.peek();
    const value = Number(reader.name('a probability or ";"'));
    if (!(value >= 0 && value <= 1 + rowTolerance)) reader.fail(at, `${JSON.stringify(at.value)} is no probability`);
    values.push(value);
  }
  if (values.length !== count) reader.fail(token, `there are ${values.length} probabilities; expected ${count}`);
  return values;
}

type States = ReadonlyMap<string, readonly string[]>;

/** Divides rows by their sums. */
function normalizeRows(reader: TokenReader, token: Token, values: Float64Array, size: number): void {
  for (let row = 0; row < values.length; row += size) {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += values[row + k];
    if (!(Math.abs(sum - 1) <= rowTolerance)) reader.fail(token, `a row of probabilities sums to ${sum}; expected 1`);
    for (let k = 0; k < size; k++) values[row + k] /= sum;
  }
}

function readTable(reader: TokenReader, states: States): ConditionalTable {
  reader.expect('(', 'after "probability"');
  const head = reader.peek();
  const known = (token: Token, name: string): readonly string[] =>
    states.get(name) ?? reader.fail(token, `${JSON.stringify(name)} is no variable of this network`);
  const variable = reader.name('a variable');
  const own = known(head, variable);
  const parents: string[] = [];
  const parentStates: (readonly string[])[] = [];
  if (reader.takes('|')) {
    while (reader.peek().value !== ')') {
      if (reader.takes(',')) continue;
      const token = reader.peek();
      const name = reader.name('a parent');
      if (name === variable || parents.includes(name)) reader.fail(token, `${JSON.stringify(name)} occurs twice`);
      parents.push(name);
      parentStates.push(known(token, name));
    }
  }
  reader.expect(')', 'after the parents');
  reader.expect('{', 'before the probabilities');
  const rows = parentStates.reduce((product, { length }) => product * length, 1);
  if (rows * own.length > 2e7)
    reader.fail(
      head,
      `the table of ${JSON.stringify(variable)} has ${rows * own.length} entries; expected at most 2e7`,
    );
  const values = new Float64Array(rows * own.length).fill(Number.NaN);
  while (!reader.takes('}')) {
    const token = reader.peek();
    if (reader.takes('(')) {
      const given: string[] = [];
      while (!reader.takes(')')) if (!reader.takes(',')) given.push(reader.name('a state'));
      if (given.length !== parents.length)
        reader.fail(token, `there are ${given.length} states; expected ${parents.length}`);
      let row = 0;
      given.forEach((state, at) => {
        const position = parentStates[at].indexOf(state);
        if (position < 0)
          reader.fail(
            token,
            `${JSON.stringify(state)} is no state of ${parents[at]}; expected one of ${parentStates[at].join(', ')}`,
          );
        row = row * parentStates[at].length + position;
      });
      values.set(numbers(reader, own.length, token), row * own.length);
      continue;
    }
    const word = reader.name('"table", "default", a row or "}"');
    if (word === 'table') {
      const all = numbers(reader, rows * own.length, token);
      // A full table runs over the variable's own states slowest, over the last parent fastest.
      all.forEach((value, at) => {
        values[(at % rows) * own.length + Math.floor(at / rows)] = value;
      });
    } else if (word === 'default') {
      const row = numbers(reader, own.length, token);
      values.forEach((value, at) => {
        if (Number.isNaN(value)) values[at] = row[at % own.length];
      });
    } else skipStatement(reader);
  }
  const hole = values.findIndex(Number.isNaN);
  if (hole >= 0)
    reader.fail(
      head,
      `row ${Math.floor(hole / own.length) + 1} of the table of ${JSON.stringify(variable)} is missing`,
    );
  normalizeRows(reader, head, values, own.length);
  return { variable, states: own, parents, probabilities: values };
}

/**
 * Reads a discrete Bayesian network in the Interchange Format, version 0.15.
 *
 * @throws {EinlabError} `file`, with line and column, for a text that is none, an unknown variable or state, a missing row, or rows
 *   that do not sum to 1; `data` for a cycle.
 */
export function readBif(text: string): BayesianNetwork {
  const reader = tokenReader(text, rules);
  const states = new Map<string, readonly string[]>();
  const tables = new Map<string, ConditionalTable>();
  let name = 'network';
  if (reader.peek().value !== 'network') reader.fail(reader.peek(), 'expected "network" at the beginning');
  while (reader.peek().kind !== 'end') {
    const token = reader.next();
    if (token.value === 'network') {
      name = reader.name('the name of the network');
      reader.expect('{', 'after the name of the network');
      while (!reader.takes('}')) {
        if (reader.peek().kind === 'end') reader.fail(reader.peek(), 'expected "}"');
        reader.next();
      }
    } else if (token.value === 'variable') {
      const at = reader.peek();
      const variable = reader.name('the name of a variable');
      if (states.has(variable)) reader.fail(at, `the variable ${JSON.stringify(variable)} occurs twice`);
      states.set(variable, readStates(reader));
    } else if (token.value === 'probability') {
      const table = readTable(reader, states);
      if (tables.has(table.variable)) reader.fail(token, `there are two tables of ${JSON.stringify(table.variable)}`);
      tables.set(table.variable, table);
    } else reader.fail(token, `expected "variable" or "probability", found ${JSON.stringify(token.value)}`);
  }
  const nodes = [...states.keys()];
  const ordered = nodes.map((variable) => {
    const table = tables.get(variable);
    if (table === undefined)
      throw new EinlabError('file', `BIF: there is no table for ${JSON.stringify(variable)}`, { variable });
    return table;
  });
  const edges = ordered.flatMap(({ variable, parents }) => parents.map((parent): Edge => [parent, variable]));
  return { name, graph: dag(nodes, edges), tables: ordered };
}

const word = (text: string): string => (/^[^\s{}()[\]|,;"\\/]+$/.test(text) ? text : JSON.stringify(text));

/** The states of a row's parents, the last one fastest. */
function rowStates(row: number, parents: readonly (readonly string[])[]): string[] {
  const found: string[] = [];
  let rest = row;
  for (const states of [...parents].reverse()) {
    found.unshift(states[rest % states.length]);
    rest = Math.floor(rest / states.length);
  }
  return found;
}

/** Writes a network in the Interchange Format. */
export function writeBif({ name, tables }: BayesianNetwork): string {
  const states = new Map(tables.map((table) => [table.variable, table.states]));
  const variables = tables.map(
    (table) =>
      `variable ${word(table.variable)} {\n  type discrete [ ${table.states.length} ] { ${table.states.map(word).join(', ')} };\n}\n`,
  );
  const probabilities = tables.map(({ variable, parents, probabilities: values, states: own }) => {
    const given = parents.map((parent) => states.get(parent) ?? []);
    const rows = Array.from({ length: values.length / own.length }, (_, row) => {
      const numbersOf = [...values.slice(row * own.length, (row + 1) * own.length)].join(', ');
      return parents.length === 0
        ? `  table ${numbersOf};\n`
        : `  (${rowStates(row, given).map(word).join(', ')}) ${numbersOf};\n`;
    });
    const head = parents.length === 0 ? word(variable) : `${word(variable)} | ${parents.map(word).join(', ')}`;
    return `probability ( ${head} ) {\n${rows.join('')}}\n`;
  });
  return `network ${word(name)} {\n}\n${variables.join('')}${probabilities.join('')}`;
}
