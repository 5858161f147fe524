import type { Graph } from '../graph/graph.ts';
import { collectEdges, type EdgeCollector } from './edge-collector.ts';
import { type Token, type TokenReader, type TokenRules, tokenReader } from './tokens.ts';

/** What distinguishes DOT and dagitty, which share the rest: `a -> b -> {c d} [attributes]`. */
export interface EdgeLanguage {
  readonly rules: TokenRules;
  /** Words that open a graph, in lower case. */
  readonly heads: readonly string[];
  /** Words that introduce defaults rather than nodes: `node [shape=box]`. */
  readonly defaults: readonly string[];
}

const arrows: Readonly<Record<string, 'forward' | 'backward' | 'open' | undefined>> = {
  '->': 'forward',
  '<-': 'backward',
  '--': 'open',
};

const unsupported: Readonly<Record<string, string>> = {
  '<->': 'a bidirected edge (a hidden common cause)',
  '@->': 'an edge with an undecided mark',
  '<-@': 'an edge with an undecided mark',
  '@-@': 'an edge with undecided marks',
  '@--': 'an edge with an undecided mark',
  '--@': 'an edge with an undecided mark',
};

/** Signs of both languages. */
export const edgeSigns: readonly string[] = [
  ...Object.keys(unsupported),
  ...Object.keys(arrows),
  '{',
  '}',
  '[',
  ']',
  ';',
  ',',
  '=',
  ':',
];

/** Attributes in brackets: `[dir=none, pos="1,2"]`; a name without a value stands for itself. */
function attributes(reader: TokenReader): Map<string, string> {
  const found = new Map<string, string>();
  while (reader.takes('[')) {
    while (!reader.takes(']')) {
      if (reader.takes(',') || reader.takes(';')) continue;
      const name = reader.name('the name of an attribute or "]"');
      found.set(name.toLowerCase(), reader.takes('=') ? reader.name('the value of an attribute') : '');
    }
  }
  return found;
}

/** One node, or several in braces. */
function nodeSet(reader: TokenReader, edges: EdgeCollector): string[] {
  if (!reader.takes('{')) {
    const name = reader.name('a node');
    // A port, as in a:west, says where an edge is drawn.
    while (reader.takes(':')) reader.name('a port');
    edges.node(name);
    return [name];
  }
  const names: string[] = [];
  while (!reader.takes('}')) {
    if (reader.takes(',') || reader.takes(';')) continue;
    const name = reader.name('a node or "}"');
    edges.node(name);
    names.push(name);
  }
  return names;
}

interface Link {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly arrow: 'forward' | 'backward' | 'open';
  readonly token: Token;
}

/** Puts the edges of a statement in, as its attributes say. */
function putLinks(reader: TokenReader, edges: EdgeCollector, links: readonly Link[]): void {
  const direction = attributes(reader).get('dir');
  for (const { from, to, arrow, token } of links) {
    if (direction === 'both')
      reader.fail(
        token,
        `dir=both means a bidirected edge (a hidden common cause), which a DAG or CPDAG does not have`,
      );
    const isOpen = arrow === 'open' || direction === 'none';
    const isBack = (arrow === 'backward') !== (direction === 'back');
    for (const a of from) {
      for (const b of to) {
        if (a === b) reader.fail(token, `an edge from ${JSON.stringify(a)} to itself`);
        edges.edge(isBack ? b : a, isBack ? a : b, !isOpen);
      }
    }
  }
}

/** Statements up to the closing brace. */
function statements(reader: TokenReader, language: EdgeLanguage, edges: EdgeCollector): void {
  while (!reader.takes('}')) {
    if (reader.takes(';') || reader.takes(',')) continue;
    const first = reader.peek();
    if (
      first.kind === 'word' &&
      language.defaults.includes(first.value.toLowerCase()) &&
      reader.peek(1).value === '['
    ) {
      reader.next();
      attributes(reader);
      continue;
    }
    if (first.kind === 'word' && first.value.toLowerCase() === 'subgraph') {
      reader.next();
      if (reader.peek().value !== '{') reader.name('the name of a subgraph');
      reader.expect('{', 'after "subgraph"');
      statements(reader, language, edges);
      continue;
    }
    if (first.kind !== 'sign' && reader.peek(1).kind === 'sign' && reader.peek(1).value === '=') {
      // An attribute of the graph, such as rankdir=LR or bb="0,0,1,1".
      reader.next();
      reader.next();
      reader.name('the value of an attribute');
      continue;
    }
    let from = nodeSet(reader, edges);
    const links: Link[] = [];
    for (let token = reader.peek(); token.kind === 'sign' && (token.value in arrows || token.value in unsupported); ) {
      reader.next();
      const arrow = arrows[token.value];
      if (arrow === undefined) {
        return reader.fail(token, `${token.value} is ${unsupported[token.value]}, which a DAG or CPDAG does not have`);
      }
      const to = nodeSet(reader, edges);
      links.push({ from, to, arrow, token });
      from = to;
      token = reader.peek();
    }
    putLinks(reader, edges, links);
  }
}

/**
 * Reads a graph of one of the two languages.
 *
 * @throws {EinlabError} `file`, with the line and column, for a text that is none, and for edges that a DAG or CPDAG lacks.
 */
export function readEdgeLanguage(text: string, language: EdgeLanguage): Graph {
  const reader = tokenReader(text, language.rules);
  if (reader.peek().value.toLowerCase() === 'strict') reader.next();
  const head = reader.peek();
  if (head.kind !== 'word' || !language.heads.includes(head.value.toLowerCase())) {
    return reader.fail(head, `expected one of ${language.heads.join(', ')} at the beginning`);
  }
  reader.next();
  if (reader.peek().kind === 'word' || reader.peek().kind === 'text') reader.next();
  reader.expect('{', 'after the head');
  const edges = collectEdges();
  statements(reader, language, edges);
  if (reader.peek().kind !== 'end') reader.fail(reader.peek(), 'expected nothing after the closing brace');
  return edges.finish();
}
