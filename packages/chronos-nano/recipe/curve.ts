// Draws the losses of a training run from its log, by default that of the shipped weights, and prints the drawing as SVG.
//   node --conditions=source packages/chronos-nano/recipe/curve.ts [LOG] > loss.svg
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lossCurve } from '@einlab/chronos';

const [log = fileURLToPath(new URL('log.txt', import.meta.url))] = process.argv.slice(2);
const losses = [...readFileSync(log, 'utf8').matchAll(/^step (\d+) loss (\S+)/gm)].map(([, step, loss]) => ({
  step: Number(step),
  loss: Number(loss),
}));
process.stdout.write(
  lossCurve({
    title: 'Training of the shipped model',
    losses,
    unit: 'quantile loss of a batch, in units of the scale',
  }),
);
