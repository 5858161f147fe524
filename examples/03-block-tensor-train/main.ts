// The same layer with different matrices inside: what each costs, and how well it learns a dense teacher's map.
import { einsum, random, type Tensor } from '@einlab/einsum-core';
import { adamW, cosineRate, linear, meanSquaredError, train } from '@einlab/nn';
import { blockTensorTrain, dense, kronecker, lowRank, monarch } from '@einlab/structured-layers';

const width = 64;
const steps = 200;
const [teacherKey, layerKey, dataKey] = random.split(random.key(3), 3) as [Tensor, Tensor, Tensor];
const teacher = random.normal(teacherKey, [width, width]).divide(Math.sqrt(width));

const data = (step: number): { x: Tensor; y: Tensor } => {
  const x = random.normal(random.foldIn(dataKey, step), [128, width]);
  return { x, y: einsum('batch in, in out -> batch out', x, teacher) };
};

console.log('structure     parameters  macs   rank  error');
for (const structure of [
  dense(),
  lowRank(),
  kronecker(),
  monarch(),
  blockTensorTrain(),
  blockTensorTrain({ rank: 2 }),
]) {
  const layer = linear.init(layerKey, { in: width, out: width, structure });
  const { params } = await train({
    params: layer,
    loss: (params, { x, y }) => meanSquaredError(linear.apply(params, x), y),
    data,
    optimizer: adamW({ weightDecay: 0 }),
    schedule: cosineRate({ rate: 0.03, steps, warmup: 10 }),
    steps,
  });
  const { x, y } = data(steps);
  const error = await meanSquaredError(linear.apply(params, x), y).item();
  const name = structure.name === 'btt' ? `${structure.name}-${layer.map.cores[0]?.shape[2]}` : structure.name;
  const { parameterCount, macs, rank } = layer.map;
  const cells = [name.padEnd(13), `${parameterCount}`.padEnd(11), `${macs}`.padEnd(6), `${rank}`.padEnd(5)];
  console.log(...cells, error.toFixed(2));
}
