// How many numbers may a model of characters take before its certificate is worthless? Markov chains of a text that is generated here, with their counts
// rounded to powers of two as codes: longer contexts predict better and cost more, so the bound is a U.
import {
  bits,
  complexityNats,
  lossRange,
  nats,
  randomGuessLoss,
  selectionBits,
  smoothedLoss,
  tokenBound,
} from '@einlab/bounds';

const vocabulary = 16;
const length = 200_000;
let state = 1;
const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;

// A source with a memory of two: each pair of tokens has four favorites.
const text = new Uint8Array(length);
for (let i = 2; i < length; i++) {
  const favorite = ((text[i - 1] ?? 0) * 7 + (text[i - 2] ?? 0) * 3 + Math.floor(4 * next() ** 2)) % vocabulary;
  text[i] = next() < 0.9 ? favorite : Math.floor(vocabulary * next());
}

const { width } = lossRange({ vocabulary, weight: 0.1 });
console.log('order  code (bits)  text  bound');
for (let order = 0; order <= 4; order++) {
  const counts = new Uint32Array(vocabulary ** (order + 1));
  const contextAt = (i: number): number => {
    let context = 0;
    for (let j = 1; j <= order; j++) context = context * vocabulary + (text[i - j] ?? 0);
    return context;
  };
  for (let i = 0; i < length; i++) {
    const at = contextAt(i) * vocabulary + (text[i] ?? 0);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  // The code: four bits for each count of a context that occurs, one bit for each context that does not.
  let [code, risk] = [0, 0];
  for (let context = 0; context < vocabulary ** order; context++) {
    const own = counts.subarray(context * vocabulary, (context + 1) * vocabulary);
    const seen = own.some((count) => count > 0);
    code += seen ? 1 + 4 * vocabulary : 1;
    const rounded = Array.from(own, (count) => 2 ** Math.round(Math.log2(count + 1 / 16)));
    const total = rounded.reduce((a, b) => a + b, 0);
    own.forEach((count, token) => {
      risk += count * smoothedLoss(nats(Math.log((rounded[token] ?? 0) / total)), { vocabulary, weight: 0.1 });
    });
  }
  const complexity = complexityNats(bits(code), { selection: selectionBits(5) }); // five orders are tried
  const { value } = tokenBound({ risk: risk / length, range: width, complexity, count: length });
  console.log(
    order,
    code,
    (risk / length).toFixed(3),
    value.toFixed(3),
    value < randomGuessLoss(vocabulary) ? '' : 'vacuous',
  );
}
