import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type EdgeDirection,
  formatOfName,
  type Graph,
  type KnowledgeText,
  type ReadTable,
  readGraph,
  readKnowledge,
  readTable,
  reorderNodes,
} from '@einlab/causal';
import { EinlabError } from '@einlab/einsum-core';
import { decodeText } from '@einlab/nn';
import { asInput, CommandError, inputError, systemReason } from '../command-error.ts';

/** Larger files are refused: their cells would have to fit into memory several times over. */
const largestBytes = 512 * 2 ** 20;

/**
 * Reads a text file.
 *
 * @throws {CommandError} status 2, for a file that is missing, unreadable, too large or no text.
 */
function readText(where: string, path: string): string {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw inputError(`${where} ${path}: it is a folder; expected a file`);
    if (stats.size > largestBytes)
      throw inputError(`${where} ${path}: it has ${stats.size} bytes; expected at most ${largestBytes}`);
    return asInput(where.replace(/:$/, ''), () => decodeText(readFileSync(path), path));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw inputError(`${where} ${path}: ${systemReason(error)}; expected a file that can be read`);
  }
}

/** Reads the table, with what was understood of it. */
export function readInput(
  path: string,
  options: {
    readonly ignore?: readonly string[];
    readonly interventions?: string;
    readonly missing?: 'refuse' | 'drop';
  },
): ReadTable {
  const text = readText('einlab discover:', path);
  return asInput('einlab discover', () => readTable(text, { ...options, name: basename(path) }));
}

/** Reads the graph to compare with, its nodes in the order of the table's columns. */
export function readTruth(path: string, nodes: readonly string[], direction: EdgeDirection | undefined): Graph {
  const text = readText('einlab discover: --truth', path);
  return asInput(`einlab discover: --truth ${path}`, () => {
    const graph = readGraph(text, {
      format: formatOfName(path),
      nodes,
      ...(direction === undefined ? {} : { direction }),
    });
    const strangers = graph.nodes.filter((name) => !nodes.includes(name));
    const missing = nodes.filter((name) => !graph.nodes.includes(name));
    if (strangers.length > 0 || missing.length > 0) {
      const said = [
        strangers.length > 0 ? `it has ${strangers.join(', ')}, which are no columns` : '',
        missing.length > 0 ? `it lacks ${missing.join(', ')}` : '',
      ].filter((part) => part !== '');
      throw new EinlabError(
        'file',
        `the graph does not match the columns: ${said.join('; ')}; expected exactly ${nodes.join(', ')}`,
      );
    }
    return reorderNodes(graph, nodes);
  });
}

/** Reads what is known before. */
export function readKnown(path: string): KnowledgeText {
  const text = readText('einlab discover: --knowledge', path);
  return asInput(`einlab discover: --knowledge ${path}`, () => readKnowledge(text));
}
