import type { StructuredMap } from '@einlab/nn';
import { torchForward, torchGradients } from '../../work/gradients.ts';

/** The expression of each family in PyTorch, with bmm where there are blocks; cores in this engine's layout. */
const expressions: Readonly<Record<string, string>> = {
  dense: 'torch.matmul',
  'low-rank': 'lambda x, l, r: (x @ l) @ r',
  // x[β, α], left[α, δ], right[β, ε]: y[ε, δ]
  kronecker: 'lambda x, l, r: (r.t() @ (x.view(-1, r.shape[0], l.shape[0]) @ l)).reshape(x.shape[0], -1)',
  btt: `lambda x, l, r: torch.bmm(torch.bmm(x.view(x.shape[0], l.shape[0], l.shape[1]).transpose(0, 1), l.flatten(2)).view(l.shape[0], x.shape[0], l.shape[2], l.shape[3]).permute(3, 1, 2, 0).flatten(2), r.flatten(1, 2)).transpose(0, 1).reshape(x.shape[0], -1)`,
  // left[block, in, middle], right[lane, middle, out]: y[out, lane]
  monarch: `lambda x, l, r: torch.bmm(torch.bmm(x.view(x.shape[0], l.shape[0], l.shape[1]).transpose(0, 1), l).transpose(0, 1).reshape(x.shape[0], -1, l.shape[0]).permute(2, 0, 1), r).permute(1, 2, 0).reshape(x.shape[0], -1)`,
};

/** The Python of a map, or undefined for families without one. */
export function torchCode(map: StructuredMap, withGradients: boolean): string | undefined {
  const expression = expressions[map.structure.name];
  if (expression === undefined) return undefined;
  return withGradients ? torchGradients(expression, map.cores.length + 1) : torchForward(expression);
}
