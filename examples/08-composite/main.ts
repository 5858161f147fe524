// An operation of one's own from those that there are: it differentiates, compiles and batches like any other.
import { compile, einsum, grad, maximum, random, softmax, type Tensor, tensor } from '@einlab/einsum-core';
import { checkGradients } from '@einlab/einsum-core/testing';

/** The distance from each point to each center: d[p, c] = √(Σ_k (x[p, k] − y[c, k])²), by the binomial formula. */
function distances(x: Tensor, y: Tensor): Tensor {
  const [ofX, ofY] = [einsum('p k, p k -> p', x, x), einsum('c k, c k -> c', y, y)];
  const products = einsum('p k, c k -> p c', x, y).multiply(-2);
  // Rounding may leave a square slightly below 0.
  return maximum(products.add(ofX.expandDims(1)).add(ofY.expandDims(0)), 1e-12).sqrt();
}

/** Mean distance to the centers, each point's own weighting: a smooth k-means loss. */
function softAssignment(centers: Tensor, points: Tensor): Tensor {
  const d = distances(points, centers);
  return einsum('p c, p c ->', softmax(d.multiply(-4), 1), d).divide(points.shape[0] ?? 1);
}

// Finite differences agree, in f64 on the reference device.
const some = random.normal(random.key(8), [3, 2]);
await checkGradients(
  (c: Tensor) => softAssignment(c, some),
  [
    tensor([
      [0.5, -1],
      [1, 2],
    ]),
  ],
);
console.log('gradients agree with finite differences');

// Three clouds of points, and centers that start in the wrong places.
const clouds = tensor([
  [-3, 0],
  [3, 0],
  [0, 4],
]);
const noise = random.normal(random.key(9), [60, 3, 2]).multiply(0.3);
const points = noise.add(clouds).reshape([180, 2]);
const step = compile((centers: Tensor) => {
  const gradient = grad((c: Tensor) => softAssignment(c, points))(centers);
  return { centers: centers.subtract(gradient.multiply(0.5)), loss: softAssignment(centers, points) };
});

let centers: Tensor = tensor([
  [-1, 1],
  [1, 0],
  [0, 1],
]);
console.log('\nstep  loss');
for (let i = 0; i <= 100; i++) {
  const result = await step(centers);
  centers = result.centers;
  if (i % 25 === 0) console.log(`${i}`.padEnd(5), (await result.loss.item()).toFixed(3));
}
const rounded = Array.from(await centers.data(), (value) => Math.round(value) + 0);
console.log('\ncenters, rounded', JSON.stringify(rounded));
