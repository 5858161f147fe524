// Trains a tiny transformer in a page, with its loss drawn while it falls. `?device=webgpu` computes with WebGPU.
import { openDevice, random, setDefaultDevice } from '@einlab/einsum-core';
import {
  adamW,
  characterVocabulary,
  cosineRate,
  countParameters,
  crossEntropy,
  randomWindows,
  rates,
  train,
  transformer,
} from '@einlab/nn';
import { blockTensorTrain, dense } from '@einlab/structured-layers';

const options = new URLSearchParams(location.search);
const kind = options.get('device') === 'webgpu' ? 'webgpu' : 'wasm';
const steps = Number(options.get('steps') ?? 300);

const lines = 'the cat sat on the mat. the dog dug in the fog. a bird heard the third word. '.repeat(8);
const vocabulary = characterVocabulary(lines);
const time = 24;
const width = 64;

const [status, table] = [document.querySelector('output'), document.querySelector('tbody')];
const say = (/** @type {string} */ text) => status?.replaceChildren(text);

/** Where the chart has a step and a loss; guessing is at the top. */
const across = (/** @type {number} */ step) => (720 * step) / steps;
const down = (/** @type {number} */ loss) => 310 - (280 * loss) / Math.log(vocabulary.size);

/**
 * Trains with one structure, and shows how far it is.
 * @param {import('@einlab/nn').Structure} structure
 */
async function learn(structure) {
  const model = transformer.init(random.key(9), {
    vocab: vocabulary.size,
    context: time,
    width,
    depth: 2,
    heads: 4,
    structure,
  });
  const curve = document.querySelector(`polyline.${structure.name}`);
  const row = table?.insertRow();
  const points = [`${across(0)},${down(Math.log(vocabulary.size))}`];
  /** @type {{ step: number, now: number } | undefined} */
  let first; // before it, programs are compiled
  await train({
    params: model,
    loss: (params, batch) => crossEntropy(transformer.apply(params, batch.inputs), batch.targets),
    data: randomWindows(vocabulary.encode(lines), random.key(10), { batch: 8, time }),
    optimizer: adamW({ rates: rates(model, { base: { width } }) }),
    schedule: cosineRate({ rate: 0.006, steps, warmup: Math.min(20, steps / 4) }),
    steps,
    clip: 1,
    reportEvery: 5,
    onProgress({ step, loss }) {
      points.push(`${across(step)},${down(loss)}`);
      curve?.setAttribute('points', points.join(' '));
      const now = performance.now();
      first ??= { step, now };
      const pace = step > first.step ? ((now - first.now) / (step - first.step)).toFixed(1) : '';
      const cells = [structure.name, countParameters(model), step, loss.toFixed(3), pace];
      row?.replaceChildren(...cells.map((text) => Object.assign(document.createElement('td'), { textContent: text })));
      row?.setAttribute('class', structure.name);
    },
  });
}

/** Lines at whole losses, and how many steps the chart is wide. */
function drawGrid() {
  const marks = Array.from({ length: 1 + Math.floor(Math.log(vocabulary.size)) }, (_, loss) => {
    const y = down(loss);
    return `<line x1="0" x2="720" y1="${y}" y2="${y}" /><text x="4" y="${y - 4}">${loss}</text>`;
  });
  const last = `<text x="716" y="16" text-anchor="end">${steps} steps</text>`;
  document.querySelector('#grid')?.insertAdjacentHTML('beforeend', marks.join('') + last);
}

document.querySelector(`option[value=${kind}]`)?.setAttribute('selected', '');
drawGrid();
try {
  const device = await openDevice(kind);
  setDefaultDevice(device);
  const { threads, adapter } = device.capabilities;
  const place = `${kind} (${adapter ?? `${threads} thread${threads === 1 ? '' : 's'}`})`;
  say(`training on ${place} …`);
  for (const structure of [dense(), blockTensorTrain()]) await learn(structure);
  say(`done, on ${place}`);
} catch (error) {
  say(`stopped: ${error instanceof Error ? error.message : error}`);
}
