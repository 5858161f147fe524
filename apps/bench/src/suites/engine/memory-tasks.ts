import { gelu, softmax, type Tensor } from '@einlab/einsum-core';
import { adamW, crossEntropy, layerNorm } from '@einlab/nn';
import type * as Jax from '@jax-js/jax';
import type * as Core from '@tensorflow/tfjs-core';
import type { Check } from '../../harness/contest.ts';
import { bodyResult } from '../../onnx/loop-model.ts';
import { floats, integers, type Node } from '../../onnx/model.ts';
import { einlabGradients, jaxGradients, torchForward, torchGradients } from '../../work/gradients.ts';
import { inputOf } from '../../work/operands.ts';
import { checkRepeated, type Repetition, referenceParts, referenceResult, repeated } from '../../work/reference.ts';
import type { Task, TaskInput } from '../../work/task.ts';
import { elementCount } from '../../work/work.ts';

/** Work that is bound by memory. */
export interface MemoryTask {
  readonly name: string;
  readonly task: Task;
  /** Each input read once and each output written once. */
  readonly bytes: number;
  /** The same on so many times as many rows. */
  larger(times: number): LargerTask;
}

/** A task with more rows than the peers are given. */
export interface LargerTask {
  readonly inputs: readonly TaskInput[];
  readonly bytes: number;
  readonly f: (...inputs: Tensor[]) => readonly Tensor[];
  /** How to check its results, once the reference has them. */
  check(): Promise<Check>;
}

type JaxArray = Jax.numpy.Array;

/** Roundings that an element may suffer: sums over a row and over the rows, and functions that are right to a few units. */
const terms = 400;

/** Rows that differ, and how often each comes, for arrays of 32 MB: the reference need only compute them once. */
const wide: Repetition = { rows: 256, times: 32 };
const narrow: Repetition = { rows: 1000, times: 32 };

interface Parts extends Pick<Task, 'tfjs' | 'jaxJs' | 'onnx' | 'torch'> {
  /** With each row once. */
  readonly inputs: readonly TaskInput[];
  readonly repetition: Repetition;
  readonly f: (...inputs: Tensor[]) => readonly Tensor[];
  /** How many elements all results have together, with the rows repeated. */
  readonly results: number;
}

function memoryTask(name: string, { f, results, inputs, repetition, ...ways }: Parts): MemoryTask {
  const { rows: differing, times: own } = repetition;
  const whole = inputs.map((input) => repeated(input, repetition));
  const read = whole.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const exact = (): ReturnType<Task['exact']> => referenceResult(inputs, f, repetition);
  const bytes = 4 * (read + results);
  return {
    name,
    bytes,
    task: { ...ways, inputs: whole, exact, terms, einlab: { compiled: f } },
    larger: (factor) => ({
      f,
      bytes: factor * bytes,
      inputs: inputs.map((input) => repeated(input, { rows: differing, times: factor * own })),
      async check() {
        const parts = await referenceParts(inputs, f, differing);
        return (got) => checkRepeated(got, parts, factor * own, terms);
      },
    }),
  };
}

const node = (op: string, inputs: string, output: string = bodyResult, attributes: Node['attributes'] = {}): Node => ({
  op,
  inputs: inputs.split(' '),
  outputs: [output],
  attributes,
});

const [rows, features] = [wide.rows, 1024];
const elements = rows * wide.times * features;
const shape = [rows * wide.times, features];
const x = inputOf([rows, features], 1, 3);
const upstream = inputOf([rows, features], 2);
const gain = inputOf([features], 3);
const bias = inputOf([features], 4);

const softmaxTasks: readonly MemoryTask[] = [
  memoryTask('softmax, forward', {
    repetition: wide,
    inputs: [x],
    results: elements,
    f: (a) => [softmax(a)],
    tfjs: { softmax: (tf, a) => [tf.softmax(a)] },
    jaxJs: { softmax: (jax, a) => [jax.nn.softmax(a, -1)] },
    onnx: { Softmax: { nodes: [node('Softmax', 'operand1')], initializers: [], result: shape } },
    torch: { softmax: torchForward('lambda a: torch.softmax(a, -1)') },
  }),
  memoryTask('softmax, forward and backward', {
    repetition: wide,
    inputs: [x, upstream],
    results: 2 * elements,
    f: einlabGradients((a) => softmax(a), 1),
    jaxJs: { softmax: jaxGradients((jax, a) => jax.nn.softmax(a, -1), 1) },
    torch: { softmax: torchGradients('lambda a: torch.softmax(a, -1)', 1) },
  }),
];

const normalize = (a: Tensor, gains: Tensor, biases: Tensor): Tensor =>
  layerNorm.apply({ gain: gains, bias: biases, eps: 1e-5 }, a);
const tfNormalize = (tf: typeof Core, a: Core.Tensor, gains: Core.Tensor, biases: Core.Tensor): Core.Tensor => {
  const { mean, variance } = tf.moments(a, -1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(a, mean), tf.rsqrt(tf.add(variance, 1e-5))), gains), biases);
};
const jaxNormalize = ({ nn }: typeof Jax, a: JaxArray, gains: JaxArray, biases: JaxArray): JaxArray =>
  nn.standardize(a, -1, { epsilon: 1e-5 }).mul(gains).add(biases);
const torchNormalize = `lambda a, g, b: F.layer_norm(a, (${features},), g, b)`;

const layerNormTasks: readonly MemoryTask[] = [
  memoryTask('layerNorm, forward', {
    repetition: wide,
    inputs: [x, gain, bias],
    results: elements,
    f: (a, g, b) => [normalize(a, g, b)],
    tfjs: { composed: (tf, a, g, b) => [tfNormalize(tf, a, g, b)] },
    jaxJs: { standardize: (jax, a, g, b) => [jaxNormalize(jax, a, g, b)] },
    onnx: {
      LayerNormalization: {
        nodes: [node('LayerNormalization', 'operand1 operand2 operand3')],
        initializers: [],
        result: shape,
      },
    },
    torch: { layer_norm: torchForward(torchNormalize) },
  }),
  memoryTask('layerNorm, forward and backward', {
    repetition: wide,
    inputs: [x, gain, bias, upstream],
    results: 2 * elements + 2 * features,
    f: einlabGradients(normalize, 3),
    jaxJs: { standardize: jaxGradients(jaxNormalize, 3) },
    torch: { layer_norm: torchGradients(torchNormalize, 3) },
  }),
];

const [examples, classes] = [narrow.rows, 256];
const logits = inputOf([examples, classes], 5, 3);
const targets: TaskInput = {
  shape: [examples],
  values: Int32Array.from({ length: examples }, (_, i) => (97 * i) % classes),
};
const one: TaskInput = { shape: [], values: Float32Array.of(1) };
const torchCrossEntropy = 'lambda a, t: F.cross_entropy(a, t.long(), reduction="sum")';
const tfCrossEntropy = (tf: typeof Core, a: Core.Tensor, t: Core.Tensor): Core.Tensor =>
  tf.neg(tf.sum(tf.mul(tf.logSoftmax(a), tf.oneHot(t, classes))));
const jaxCrossEntropy = ({ nn, numpy }: typeof Jax, a: JaxArray, t: JaxArray): JaxArray =>
  numpy.sum(nn.logSoftmax(a, -1).mul(nn.oneHot(t, classes))).neg();

const crossEntropyTasks: readonly MemoryTask[] = [
  memoryTask('cross-entropy, forward', {
    repetition: narrow,
    inputs: [logits, targets],
    results: 1,
    f: (a, t) => [crossEntropy(a, t, { reduction: 'sum' })],
    tfjs: { 'logSoftmax, oneHot': (tf, a, t) => [tfCrossEntropy(tf, a, t)] },
    jaxJs: { 'logSoftmax, oneHot': (jax, a, t) => [jaxCrossEntropy(jax, a, t)] },
    onnx: {
      'LogSoftmax, GatherElements': {
        nodes: [
          node('LogSoftmax', 'operand1', 'logs'),
          node('Unsqueeze', 'operand2 axis', 'column'),
          node('GatherElements', 'logs column', 'chosen', { axis: 1 }),
          node('ReduceSum', 'chosen', 'sum'),
          node('Neg', 'sum'),
        ],
        initializers: [integers('axis', [1])],
        result: [1, 1],
      },
    },
    torch: { cross_entropy: torchForward(torchCrossEntropy) },
  }),
  memoryTask('cross-entropy, forward and backward', {
    repetition: narrow,
    inputs: [logits, targets, one],
    results: 1 + examples * narrow.times * classes,
    f: einlabGradients((a, t) => crossEntropy(a, t, { reduction: 'sum' }), 1),
    jaxJs: { 'logSoftmax, oneHot': jaxGradients(jaxCrossEntropy, 1) },
    torch: { cross_entropy: torchGradients(torchCrossEntropy, 1) },
  }),
];

const chain = (a: Tensor, g: Tensor, b: Tensor): Tensor => gelu(a.multiply(g).add(b)).add(a);
const tfChain = (tf: typeof Core, a: Core.Tensor, g: Core.Tensor, b: Core.Tensor): Core.Tensor => {
  const inner = tf.add(tf.mul(a, g), b);
  return tf.add(tf.mul(tf.mul(inner, 0.5), tf.add(tf.erf(tf.mul(inner, Math.SQRT1_2)), 1)), a);
};
const jaxChain = ({ nn }: typeof Jax, a: JaxArray, g: JaxArray, b: JaxArray): JaxArray =>
  nn.gelu(a.ref.mul(g).add(b), { approximate: false }).add(a);
const torchChain = 'lambda a, g, b: F.gelu(a * g + b) + a';

const geluTasks: readonly MemoryTask[] = [
  memoryTask('gelu(x · gain + bias) + x, forward', {
    repetition: wide,
    inputs: [x, gain, bias],
    results: elements,
    f: (a, g, b) => [chain(a, g, b)],
    tfjs: { erf: (tf, a, g, b) => [tfChain(tf, a, g, b)] },
    jaxJs: { gelu: (jax, a, g, b) => [jaxChain(jax, a, g, b)] },
    onnx: {
      Erf: {
        nodes: [
          node('Mul', 'operand1 operand2', 'scaled'),
          node('Add', 'scaled operand3', 'inner'),
          node('Div', 'inner root', 'divided'),
          node('Erf', 'divided', 'erf'),
          node('Add', 'erf one', 'shifted'),
          node('Mul', 'inner shifted', 'doubled'),
          node('Mul', 'doubled half', 'gelu'),
          node('Add', 'gelu operand1'),
        ],
        initializers: [
          floats('root', [], Float32Array.of(Math.SQRT2)),
          floats('one', [], Float32Array.of(1)),
          floats('half', [], Float32Array.of(0.5)),
        ],
        result: shape,
      },
    },
    torch: { gelu: torchForward(torchChain) },
  }),
  memoryTask('gelu(x · gain + bias) + x, forward and backward', {
    repetition: wide,
    inputs: [x, gain, bias, upstream],
    results: 2 * elements,
    f: einlabGradients(chain, 1),
    jaxJs: { gelu: jaxGradients(jaxChain, 1) },
    torch: { gelu: torchGradients(torchChain, 1) },
  }),
];

const [rate, beta1, beta2, eps, decay] = [1e-3, 0.9, 0.999, 1e-8, 0.01];
const optimizer = adamW({ rate, betas: [beta1, beta2], eps, weightDecay: rate * decay });
const past = 2;
const [ofFirst, ofSecond] = [1 / (1 - beta1 ** (past + 1)), 1 / (1 - beta2 ** (past + 1))];
const secondMoment = inputOf([rows, features], 9);

/** The update of one matrix in its third step, with its moments. */
const adamWTask: MemoryTask = memoryTask('AdamW update', {
  repetition: wide,
  inputs: [
    x,
    upstream,
    inputOf([rows, features], 8, 0.1),
    { ...secondMoment, values: secondMoment.values.map((value) => value * value) },
  ],
  results: 3 * elements,
  f(w, g, first, second) {
    const state = {
      step: g.slice([0, 0], [1, 1]).reshape([]).multiply(0).add(past),
      first: { w: first },
      second: { w: second },
    };
    const next = optimizer.update({ w: g }, state, { w });
    return [next.params.w, next.state.first?.['w'] ?? first, next.state.second?.['w'] ?? second];
  },
  tfjs: {
    composed(tf, w, g, first, second) {
      const m = tf.add(tf.mul(first, beta1), tf.mul(g, 1 - beta1));
      const v = tf.add(tf.mul(second, beta2), tf.mul(tf.square(g), 1 - beta2));
      const step = tf.div(tf.mul(m, rate * ofFirst), tf.add(tf.sqrt(tf.mul(v, ofSecond)), eps));
      return [tf.sub(tf.mul(w, 1 - rate * decay), step), m, v];
    },
  },
  jaxJs: {
    composed({ numpy }, w, g, first, second) {
      const m = first.mul(beta1).add(g.ref.mul(1 - beta1));
      const v = second.mul(beta2).add(numpy.square(g).mul(1 - beta2));
      const step = m.ref.mul(rate * ofFirst).div(numpy.sqrt(v.ref.mul(ofSecond)).add(eps));
      return [w.mul(1 - rate * decay).sub(step), m, v];
    },
  },
  torch: {
    'AdamW(fused=True)': `
w, g, m, v = x
def make():
    p = torch.nn.Parameter(w.clone())
    p.grad = g.clone()
    o = torch.optim.AdamW([p], lr=${rate}, betas=(${beta1}, ${beta2}), eps=${eps}, weight_decay=${decay}, fused=True)
    o.state[p] = {'step': torch.tensor(${past}.0), 'exp_avg': m.clone(), 'exp_avg_sq': v.clone()}
    return p, o
p, o = make()
def run():
    o.step()
def read():
    p, o = make()
    o.step()
    return [p, o.state[p]['exp_avg'], o.state[p]['exp_avg_sq']]
`,
  },
});

/** Operations over rows and elements, with and without their gradients, and the update of an optimizer. */
export const memoryTasks: readonly MemoryTask[] = [
  ...softmaxTasks,
  ...layerNormTasks,
  ...crossEntropyTasks,
  ...geluTasks,
  adamWTask,
];
