import type { DatStep } from '@einlab/causal/testing';
import type { TorchWork } from '../peers/torch.ts';

/** The same two steps in PyTorch, eager: batched products with bias, its fused Adam. */
const code = `
P = {name: value for name, value in zip(data['names'], x)}
columns, noise = P['columns'], P['noise']
zi, xi, yi = P['z'].long(), P['x'].long(), P['y'].long()
nets = {name: torch.nn.Parameter(value.clone()) for name, value in P.items() if name.startswith('nets.')}
theta = torch.nn.Parameter(P['theta'].clone())
of_nets = torch.optim.Adam(nets.values(), lr=3e-3, fused=True)
of_theta = torch.optim.Adam([theta], lr=3e-2, betas=(0.9, 0.9), fused=True)

layers = sum(1 for name in nets if name.startswith('nets.without.') and name.endswith('.weight'))

def family(which, inputs):
    h = inputs.transpose(1, 2)
    for at in range(layers):
        n = f'nets.{which}.{at}.'
        h = torch.baddbmm(nets[n + 'bias'], F.relu(h) if at > 0 else h, nets[n + 'weight'])
    return h

def losses(psi, bends):
    gate = psi.unsqueeze(2)
    inputs = gate * columns[zi] + (1 - gate) * noise
    first = family('without', inputs)
    residual = columns[yi].transpose(1, 2) - first[:, :, :1]
    excess = residual.detach() ** 2 - first[:, :, 1:]
    second = family('with', torch.cat([inputs, columns[xi]], 1))
    r, e = (residual, excess) if bends else (residual.detach(), excess.detach())
    without = residual ** 2 + excess ** 2
    given = (r - second[:, :, :1]) ** 2 + (e - second[:, :, 1:]) ** 2
    return without[:, :, 0].mean(1), given[:, :, 0].mean(1)

with torch.no_grad():
    a, b = losses(torch.sigmoid(theta), True)
    start = (a - b).clone()

def run():
    of_theta.zero_grad(set_to_none=True)
    for p in nets.values():
        p.requires_grad_(False)
    a, b = losses(torch.sigmoid(theta), True)
    (a - b).sum().backward()
    of_theta.step()
    for p in nets.values():
        p.requires_grad_(True)
    of_nets.zero_grad(set_to_none=True)
    a, b = losses(torch.sigmoid(theta).detach(), False)
    (a + b).sum().backward()
    of_nets.step()

read = lambda: [start]
`;

/** The step as a piece of Python with its tensors. */
export const torchDatStep = ({ inputs }: DatStep): TorchWork => ({
  code,
  inputs: inputs.map(({ shape, values }) => ({ shape: [...shape], values })),
  data: { names: inputs.map(({ name }) => name) },
});
