import type * as Jax from '@jax-js/jax';
import type { Prepared } from '../../../peers/peer.ts';
import { type LanguageModel, type ModelSize, update } from './language-model.ts';

type Api = typeof Jax;
type JaxArray = Jax.numpy.Array;
type Tree = Record<string, JaxArray>;

/** Parameters, both moments and the number of steps made. */
interface Training {
  readonly params: Tree;
  readonly first: Tree;
  readonly second: Tree;
  readonly step: JaxArray;
}

/** A parameter by its name; each is used once. */
function named(params: Tree, name: string): JaxArray {
  const parameter = params[name];
  if (parameter === undefined) throw new Error(`the model has no parameter "${name}"`);
  return parameter;
}

/** Logits of every position, `f32[batch · time, vocab]`. Arrays are used up; `.ref` takes another share. */
function logitsOf({ nn, numpy }: Api, size: ModelSize, params: Tree, ids: JaxArray): JaxArray {
  const { width, depth, heads, time, batch, vocab } = size;
  const rows = batch * time;
  const weight = (name: string): JaxArray => named(params, `${name}.cores.weight`);
  const norm = (name: string, x: JaxArray): JaxArray =>
    nn.standardize(x, -1, { epsilon: 1e-5 }).mul(named(params, `${name}.gain`));
  const split = (x: JaxArray): JaxArray => x.reshape([batch, time, heads, width / heads]);
  const tokens = numpy.matmul(nn.oneHot(ids.reshape([rows]), vocab), named(params, 'tokens.table'));
  let x = tokens.reshape([batch, time, width]).add(named(params, 'positions.table')).reshape([rows, width]);
  for (let block = 0; block < depth; block++) {
    const at = `blocks.${block}`;
    const normed = norm(`${at}.attentionNorm`, x.ref);
    const query = split(numpy.matmul(normed.ref, weight(`${at}.attention.query`)));
    const key = split(numpy.matmul(normed.ref, weight(`${at}.attention.key`)));
    const value = split(numpy.matmul(normed, weight(`${at}.attention.value`)));
    const mixed = nn.dotProductAttention(query, key, value, { isCausal: true }).reshape([rows, width]);
    x = x.add(numpy.matmul(mixed, weight(`${at}.attention.output`)));
    const up = numpy.matmul(norm(`${at}.mlpNorm`, x.ref), weight(`${at}.mlp.up`));
    x = x.add(numpy.matmul(nn.gelu(up, { approximate: false }), weight(`${at}.mlp.down`)));
  }
  return numpy.matmul(norm('norm', x), weight('head'));
}

function lossOf(api: Api, size: ModelSize): (params: Tree, ids: JaxArray, targets: JaxArray) => JaxArray {
  const rows = size.batch * size.time;
  return (params, ids, targets) => {
    const logs = api.nn.logSoftmax(logitsOf(api, size, params, ids), -1);
    return api.numpy.sum(logs.mul(api.nn.oneHot(targets.reshape([rows]), size.vocab))).mul(-1 / rows);
  };
}

/** AdamW with decay of matrices, as a function of the trees. */
function updated({ numpy }: Api, { params, first, second, step }: Training, gradients: Tree): Training {
  const { rate, betas, eps, weightDecay } = update;
  const next = step.add(1);
  const correction = (beta: number): JaxArray => numpy.expm1(next.ref.mul(Math.log(beta))).neg();
  const [ofFirst, ofSecond] = [correction(betas[0]), correction(betas[1])];
  const result: { params: Tree; first: Tree; second: Tree } = { params: {}, first: {}, second: {} };
  for (const name of Object.keys(params)) {
    const gradient = named(gradients, name);
    const m = named(first, name)
      .mul(betas[0])
      .add(gradient.ref.mul(1 - betas[0]));
    const v = named(second, name)
      .mul(betas[1])
      .add(numpy.square(gradient).mul(1 - betas[1]));
    const root = numpy.sqrt(v.ref.div(ofSecond.ref)).add(eps);
    const parameter = named(params, name);
    const decay = parameter.shape.length >= 2 ? weightDecay : 0;
    const direction = m.ref.div(ofFirst.ref).div(root);
    result.params[name] = parameter.mul(1 - rate * decay).sub(direction.mul(rate));
    result.first[name] = m;
    result.second[name] = v;
  }
  ofFirst.dispose();
  ofSecond.dispose();
  return { ...result, step: next };
}

/** The training step jitted as one function of jax-js. */
export async function jaxStep(api: Api, model: LanguageModel): Promise<Prepared> {
  const { numpy, tree } = api;
  const { size, names, parameters } = model;
  const onDevice = ({ values, shape }: LanguageModel['ids']): JaxArray =>
    numpy.array(values.slice()).reshape([...shape]);
  const ids = onDevice(model.ids);
  const targets = onDevice(model.targets);
  const zerosLike = (): Tree =>
    Object.fromEntries(names.map((name, i) => [name, numpy.zeros([...(parameters[i]?.shape ?? [])])]));
  const start = (): Training => ({
    params: Object.fromEntries(names.map((name, i) => [name, onDevice(parameters[i] ?? model.ids)])),
    first: zerosLike(),
    second: zerosLike(),
    step: numpy.zeros([]),
  });
  const step = api.jit((params: Tree, first: Tree, second: Tree, count: JaxArray, batch: JaxArray, next: JaxArray) => {
    const [loss, gradients] = api.valueAndGrad(lossOf(api, size))(tree.ref(params), batch, next);
    const training = updated(api, { params, first, second, step: count }, gradients);
    return [loss, training.params, training.first, training.second, training.step] as [
      JaxArray,
      Tree,
      Tree,
      Tree,
      JaxArray,
    ];
  });
  const advance = async (from: Training): Promise<{ loss: JaxArray; training: Training }> => {
    const [loss, params, first, second, count] = step(
      from.params,
      from.first,
      from.second,
      from.step,
      ids.ref,
      targets.ref,
    );
    await api.blockUntilReady([loss, params, first, second, count]);
    return { loss, training: { params, first, second, step: count } };
  };
  const release = ({ params, first, second, step: count }: Training): void => {
    for (const part of [params, first, second, count]) tree.dispose(part);
  };
  let training = start();
  return {
    contractions: 1,
    async run() {
      const next = await advance(training);
      training = next.training;
      next.loss.dispose();
    },
    async read() {
      const losses: number[] = [];
      let own = start();
      for (let i = 0; i < model.comparedSteps; i++) {
        const next = await advance(own);
        own = next.training;
        losses.push(Number((await next.loss.data())[0]));
      }
      release(own);
      return losses;
    },
    dispose() {
      step.dispose();
      release(training);
      ids.dispose();
      targets.dispose();
    },
  };
}
