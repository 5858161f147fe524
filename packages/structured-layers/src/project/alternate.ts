import { compile, evaluate, multiply, square, subtract, sum, type Tensor, tensor, vjp } from '@einlab/einsum-core';
import { type Cores, coreNamed, type StructuredMap } from '@einlab/nn';

/** Conjugate-gradient steps for one core; fewer where it has converged. */
const stepsPerCore = 24;

/**
 * Improves cores for a matrix by least squares in one core after the other: the dense equivalent is linear in each core, so each
 * problem is solved by conjugate gradients, and the error never rises.
 *
 * @param target - `f32[in, out]`
 * @param sweeps - how often every core has its turn
 */
export async function alternate(map: StructuredMap, start: Cores, target: Tensor, sweeps: number): Promise<Cores> {
  let cores = start;
  const solvers = map.cores.map(({ name }) => solver(map, name));
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const solve of solvers) cores = await solve(cores, target);
  }
  return cores;
}

type Solve = (cores: Cores, target: Tensor) => Promise<Cores>;

/** Least squares in the core `name`, by conjugate gradients on the normal equations (Hestenes, Stiefel 1952). */
function solver(map: StructuredMap, name: string): Solve {
  const image = (cores: Cores, core: Tensor): Tensor => map.toDense({ ...cores, [name]: core });
  const pulled = (cores: Cores, residual: Tensor): Tensor => {
    const [, pull] = vjp((core: Tensor) => image(cores, core), coreNamed(cores, name, 'project'));
    return pull(residual)[0];
  };
  const start = compile((cores: Cores, target: Tensor) => {
    const residual = subtract(target, image(cores, coreNamed(cores, name, 'project')));
    const gradient = pulled(cores, residual);
    return { residual, gradient, size: sum(square(gradient)) };
  });
  const forward = compile((cores: Cores, direction: Tensor) => {
    const moved = image(cores, direction);
    return { moved, size: sum(square(moved)) };
  });
  const advance = compile(
    (cores: Cores, core: Tensor, residual: Tensor, direction: Tensor, moved: Tensor, by: Tensor) => {
      const left = subtract(residual, multiply(moved, by));
      const gradient = pulled(cores, left);
      return { core: core.add(multiply(direction, by)), residual: left, gradient, size: sum(square(gradient)) };
    },
  );
  const turn = compile((gradient: Tensor, direction: Tensor, share: Tensor) =>
    gradient.add(multiply(direction, share)),
  );
  return async (cores, target) => {
    const begun = await start(cores, target);
    let core = coreNamed(cores, name, 'project');
    let { residual, gradient } = begun;
    let direction = gradient;
    let size = await begun.size.item();
    const first = size;
    for (let step = 0; step < stepsPerCore && size > first * 1e-12; step++) {
      const { moved, size: stretched } = await forward(cores, direction);
      const length = await stretched.item();
      if (!(length > 0)) break;
      const next = await advance(cores, core, residual, direction, moved, tensor(size / length));
      const after = await next.size.item();
      ({ core, residual, gradient } = next);
      direction = await turn(gradient, direction, tensor(after / size));
      size = after;
    }
    return evaluate({ ...cores, [name]: core });
  };
}
