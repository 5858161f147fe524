import { planEinsum } from '@einlab/einsum-core';
import { asInput, exitStatus, inputError } from '../command-error.ts';
import { choice, flag } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { readShape } from '../options/read-shape.ts';
import { write } from '../terminal/write.ts';
import type { Command } from './command.ts';

const options = {
  optimize: choice(
    ['auto', 'dynamic', 'greedy', 'left-to-right'],
    'how to look for the order of contractions; auto (the default) is exhaustive up to 8 operands and greedy beyond',
  ),
  json: flag('print the plan as one JSON value'),
  help: flag('print this'),
};

/** `einlab einsum PATTERN SHAPES…`: prints how a contraction would be computed, and what it costs. */
export const einsumCommand: Command = {
  name: 'einsum',
  summary: 'print the contraction plan of an einsum: path, cost, intermediates',
  usage: 'PATTERN SHAPES… [options]',
  options,
  notes: [
    'Names in the pattern are separated by spaces, or are single letters without any: "b i, i j -> b j" or "bi,ij->bj".',
    'One shape per operand, sizes separated by commas; [] is a scalar.',
    '',
    "  einlab einsum 'b i, i j, j k -> b k' 64,512 512,512 512,8",
  ].join('\n'),
  run: async (argv) => {
    const { values, positionals } = parseArguments('einsum', options, argv);
    const [pattern, ...shapes] = positionals;
    if (pattern === undefined) {
      throw inputError(`einlab einsum: the pattern is missing; expected PATTERN SHAPES…, such as 'bi,ij->bj' 2,3 3,4`);
    }
    const sizes = shapes.map((shape, i) => readShape(shape, i + 1));
    const plan = asInput('', () => planEinsum(pattern, sizes, { optimize: values.optimize ?? 'auto' }));
    await write(process.stdout, values.json === true ? `${JSON.stringify(plan, undefined, 2)}\n` : `${plan}\n`);
    return exitStatus.done;
  },
};
