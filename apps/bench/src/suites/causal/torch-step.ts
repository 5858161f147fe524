import type { DatStep } from '@einlab/causal/testing';
import type { TorchWork } from '../../peers/torch.ts';

/** The same two steps in PyTorch, eager: batched products with bias, its fused Adam. */
const code = `
P = {name: value for name, value in zip(data['names'], x)}
columns, noise = P['columns'], P['noise']
inputs = P['inputs'].long()
M = inputs.shape[1] - 2
zi, xi, yi = inputs[:, :M], inputs[:, M:M + 1], P['y'].long()
first, last, shift = P['nets.0.weight'], P['nets.1.weight'], P['nets.1.bias']
# each network by itself: weights and biases of its two layers
parts = {
    'without': [first[:, :M, 0], first[:, M + 1:, 0], last[:, 0], shift[:, 0].transpose(1, 2)],
    'with': [first[:, :M + 1, 1], first[:, M + 1:, 1], last[:, 1], shift[:, 1].transpose(1, 2)],
}
nets = {name: [torch.nn.Parameter(each.contiguous().clone()) for each in part] for name, part in parts.items()}
weights = [each for part in nets.values() for each in part]
theta = torch.nn.Parameter(P['theta'][:, :M].contiguous().clone())
of_nets = torch.optim.Adam(weights, lr=3e-3, fused=True)
of_theta = torch.optim.Adam([theta], lr=3e-2, betas=(0.9, 0.9), fused=True)
noise = noise[:M]

def family(which, inputs):
    weight, bias, weight2, bias2 = nets[which]
    h = F.relu(torch.baddbmm(bias, inputs.transpose(1, 2), weight))
    return torch.baddbmm(bias2, h, weight2)

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
    for p in weights:
        p.requires_grad_(False)
    a, b = losses(torch.sigmoid(theta), True)
    (a - b).sum().backward()
    of_theta.step()
    for p in weights:
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
