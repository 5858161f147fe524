import type { TorchWork } from '../../../peers/torch.ts';
import { type LanguageModel, update } from './language-model.ts';

/** The same model and update in PyTorch: its fused attention, its fused AdamW, structured maps in their bmm form. */
const code = `
c, names = data['size'], data['names']
ids, targets = x[-2].long(), x[-1].long()
B, T, D, H = c['batch'], c['time'], c['width'], c['heads']

def linear(P, name, h):
    if name + '.cores.weight' in P:
        return h @ P[name + '.cores.weight']
    l, r = P[name + '.cores.left'], P[name + '.cores.right']
    z = torch.bmm(h.reshape(-1, l.shape[0], l.shape[1]).transpose(0, 1), l.flatten(2))
    y = torch.bmm(z.permute(2, 1, 0), r.flatten(1, 2))
    return y.transpose(0, 1).reshape(*h.shape[:-1], -1)

def norm(P, name, h):
    return F.layer_norm(h, (D,), P[name + '.gain'], None, 1e-5)

def loss_of(P):
    h = F.embedding(ids, P['tokens.table']) + P['positions.table'][:T]
    for i in range(c['depth']):
        b = f'blocks.{i}.'
        n = norm(P, b + 'attentionNorm', h)
        q, k, v = (linear(P, b + 'attention.' + p, n).view(B, T, H, D // H).transpose(1, 2) for p in ('query', 'key', 'value'))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, T, D)
        h = h + linear(P, b + 'attention.output', a)
        h = h + linear(P, b + 'mlp.down', F.gelu(linear(P, b + 'mlp.up', norm(P, b + 'mlpNorm', h))))
    logits = linear(P, 'head', norm(P, 'norm', h))
    return F.cross_entropy(logits.view(B * T, -1), targets.view(-1))

def make():
    P = {name: torch.nn.Parameter(value.clone()) for name, value in zip(names, x)}
    u = data['update']
    groups = [
        {'params': [p for p in P.values() if p.dim() >= 2], 'weight_decay': u['weightDecay']},
        {'params': [p for p in P.values() if p.dim() < 2], 'weight_decay': 0.0},
    ]
    return P, torch.optim.AdamW(groups, lr=u['rate'], betas=u['betas'], eps=u['eps'], fused=True)

def step(P, optimizer):
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of(P)
    loss.backward()
    optimizer.step()
    return loss

training = make()
def run():
    step(*training)
def read():
    own = make()
    return [step(*own) for _ in range(data['steps'])]
`;

/** The training step as a piece of Python. */
export function torchStep({ size, names, parameters, ids, targets, comparedSteps }: LanguageModel): TorchWork {
  return { code, inputs: [...parameters, ids, targets], data: { size, names, update, steps: comparedSteps } };
}
