import { modelSize } from '@einlab/bounds';
import { exitStatus, inputError } from '../command-error.ts';
import { flag } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { formatCount } from '../terminal/format.ts';
import { formatTable } from '../terminal/table.ts';
import { write } from '../terminal/write.ts';
import { inputFault } from './certify.ts';
import type { CommandPart } from '../commands/command.ts';

const options = {
  entropy: flag('read the tensors too, and give the entropy of what they hold'),
  tensors: flag('list every tensor'),
  json: flag('print the sizes as one JSON value'),
  help: flag('print this'),
};

/** `einlab bound size`: what a model file takes, from its header. */
export const sizeCommand: CommandPart = {
  name: 'size',
  summary: 'bits per weight of a GGUF or safetensors file, from its header alone, and the entropy of its tensors',
  usage: 'FILE [options]',
  options,
  run: async (argv) => {
    const { values, positionals } = parseArguments('bound size', options, argv);
    const [file, stray] = positionals;
    if (file === undefined) throw inputError('einlab bound size: the file is missing; expected FILE');
    if (stray !== undefined) throw inputError(`einlab bound size: "${stray}" belongs to no option`);
    const size = await inputFault('bound size', () => modelSize(file, { entropy: values.entropy === true }));
    if (values.json === true) {
      const { tensors, ...total } = size;
      await write(
        process.stdout,
        `${JSON.stringify(values.tensors === true ? size : { ...total, tensors: tensors.length }, undefined, 2)}\n`,
      );
      return exitStatus.done;
    }
    const byType = new Map<string, { count: number; elements: number; bytes: number }>();
    for (const { type, elements, bytes } of size.tensors) {
      const sum = byType.get(type) ?? { count: 0, elements: 0, bytes: 0 };
      byType.set(type, { count: sum.count + 1, elements: sum.elements + elements, bytes: sum.bytes + bytes });
    }
    const right = (head: string) => ({ head, align: 'right' }) as const;
    const columns = [
      { head: values.tensors === true ? 'tensor' : 'type', align: 'left' } as const,
      right('weights'),
      right('bytes'),
      right('bits per weight'),
      right('entropy (bits)'),
    ];
    const rows =
      values.tensors === true
        ? size.tensors.map(({ name, type, elements, bytes, bitsPerWeight, entropyBits }) => [
            `${name} ${type}`,
            formatCount(elements),
            formatCount(bytes),
            bitsPerWeight.toFixed(4),
            entropyBits === undefined ? '' : entropyBits.toFixed(0),
          ])
        : [...byType].map(([type, { count, elements, bytes }]) => [
            `${type} (${count})`,
            formatCount(elements),
            formatCount(bytes),
            ((8 * bytes) / Math.max(1, elements)).toFixed(4),
            '',
          ]);
    const total = [
      'all',
      formatCount(size.parameters),
      formatCount(size.bytes),
      size.bitsPerWeight.toFixed(4),
      size.entropyBits === undefined ? '' : size.entropyBits.toFixed(0),
    ];
    await write(process.stdout, `${formatTable(columns, [...rows, total])}\n`);
    return exitStatus.done;
  },
};
