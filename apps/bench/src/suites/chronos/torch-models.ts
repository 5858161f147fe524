/** The T5 body in PyTorch with the names of checkpoints, as the reference computes it: scores are not divided, one table of relative positions per stack. */
const body = `
import math
names, c = data['names'], data['config']
P = dict(zip(names, x))
H, D, eps = c['heads'], c['dim'], 1e-6

def norm(h, w):
    return h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + eps) * w

def buckets(q, k, bidirectional):
    r = torch.arange(k)[None, :] - q[:, None]
    n, base = 32, 0
    if bidirectional:
        n = 16
        base = (r > 0).long() * n
        a = r.abs()
    else:
        a = (-r).clamp(min=0)
    exact = n // 2
    far = exact + (torch.log(a.float().clamp(min=1) / exact) / math.log(128 / exact) * (n - exact)).long()
    return base + torch.where(a < exact, a, far.clamp(max=n - 1))

def heads(h, w):
    return (h @ w.T).view(h.shape[0], h.shape[1], H, D).transpose(1, 2)

def attend(p, q, k, v, mask):
    o = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=1.0)
    return o.transpose(1, 2).reshape(q.shape[0], -1, H * D) @ P[p + '.o.weight'].T

def feed(p, h):
    return torch.relu(h @ P[p + '.wi.weight'].T) @ P[p + '.wo.weight'].T

def encode(h, visible):
    n = h.shape[1]
    table = P['encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight']
    bias = table[buckets(torch.arange(n), n, True)].permute(2, 0, 1)[None]
    bias = bias.masked_fill(~visible[:, None, None, :], -1e30)
    for i in range(c['encoderLayers']):
        p = f'encoder.block.{i}.layer.'
        a, z = p + '0.SelfAttention', norm(h, P[p + '0.layer_norm.weight'])
        h = h + attend(a, heads(z, P[a + '.q.weight']), heads(z, P[a + '.k.weight']), heads(z, P[a + '.v.weight']), bias)
        h = h + feed(p + '1.DenseReluDense', norm(h, P[p + '1.layer_norm.weight']))
    return norm(h, P['encoder.final_layer_norm.weight'])

def cross(encoded):
    return [tuple(heads(encoded, P[f'decoder.block.{i}.layer.1.EncDecAttention.{m}.weight']) for m in 'kv') for i in range(c['decoderLayers'])]

def decode(h, at, past, crossed, hidden):
    table = P['decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight']
    bias = table[buckets(torch.tensor([at]), at + 1, False)].permute(2, 0, 1)[None]
    for i in range(c['decoderLayers']):
        p = f'decoder.block.{i}.layer.'
        a, z = p + '0.SelfAttention', norm(h, P[p + '0.layer_norm.weight'])
        k, v = heads(z, P[a + '.k.weight']), heads(z, P[a + '.v.weight'])
        if past[i] is not None:
            k, v = torch.cat([past[i][0], k], 2), torch.cat([past[i][1], v], 2)
        past[i] = (k, v)
        h = h + attend(a, heads(z, P[a + '.q.weight']), k, v, bias)
        a, z = p + '1.EncDecAttention', norm(h, P[p + '1.layer_norm.weight'])
        ck, cv = crossed[i]
        h = h + attend(a, heads(z, P[a + '.q.weight']), ck.expand(h.shape[0], -1, -1, -1), cv.expand(h.shape[0], -1, -1, -1), hidden)
        h = h + feed(p + '2.DenseReluDense', norm(h, P[p + '2.layer_norm.weight']))
    return norm(h, P['decoder.final_layer_norm.weight'])
`;

/** One forecast of Chronos-Bolt: the last inputs are patches and which of them are visible. */
export const torchBolt: string = `${body}
def block(p, h):
    g = lambda n, y: y @ P[p + n + '.weight'].T + P[p + n + '.bias']
    return g('.output_layer', torch.relu(g('.hidden_layer', h))) + g('.residual_layer', h)

@torch.inference_mode()
def run():
    patches, visible = x[-2], x[-1] > 0
    B = patches.shape[0]
    h = torch.cat([block('input_patch_embedding', patches), P['shared.weight'][1].expand(B, 1, -1)], 1)
    seen = torch.cat([visible, torch.ones(B, 1, dtype=torch.bool)], 1)
    encoded = encode(h, seen)
    mask = torch.zeros(B, 1, 1, seen.shape[1]).masked_fill(~seen[:, None, None, :], -1e30)
    state = decode(P['shared.weight'][0].expand(B, 1, -1), 0, [None] * c['decoderLayers'], cross(encoded), mask)
    return [block('output_patch_embedding', state)]
`;

/** Sampled paths of Chronos-T5 from one context: the encoder and its keys once, then step by step with a cache. The last input are the ids. */
export const torchT5: string = `${body}
@torch.inference_mode()
def sample(steps, samples, greedy):
    ids = x[-1].long()
    encoded = encode(P['shared.weight'][ids], torch.ones_like(ids, dtype=torch.bool))
    crossed, past = cross(encoded), [None] * c['decoderLayers']
    last, paths = torch.zeros(samples, 1, dtype=torch.long), []
    mask = torch.zeros(1, 1, 1, ids.shape[1])
    for at in range(steps):
        h = decode(P['shared.weight'][last], at, past, crossed, mask)
        scores = (h[:, -1] * c['width'] ** -0.5) @ P['shared.weight'].T
        scores[:, 1] = -math.inf
        if greedy:
            last = scores.argmax(-1, keepdim=True)
        else:
            kept = torch.topk(scores, 50).values[:, -1:]
            last = torch.multinomial(torch.softmax(scores.masked_fill(scores < kept, -math.inf), -1), 1)
        paths.append(last)
    return torch.cat(paths, 1)

def run():
    return [sample(data['steps'], data['samples'], False)]
def read():
    return [sample(8, 1, True)]
`;
