import type { Work } from '../work/work.ts';

function product(size: number): Work {
  return {
    name: `product ${size}`,
    pattern: 'mk,kn->mn',
    steps: ['mk,kn->mn'],
    sizes: { m: size, k: size, n: size },
    weights: true,
  };
}

/** The layouts of a stack of small products: tokens outside, as a layer has them, and blocks outside, as `bmm` wants them. */
const blockPatterns = ['mbk,bkn->mbn', 'bmk,bkn->bmn'] as const;

function blocks(b: number, m: number, size: number): Work[] {
  return blockPatterns.map((pattern) => ({
    name: `blocks ${b}×(${m}×${size}×${size}) ${pattern}`,
    pattern,
    steps: [pattern],
    sizes: { b, m, k: size, n: size },
    weights: true,
  }));
}

/** A block tensor train of two cores and rank 1 on tokens: x[t,g,a] · A[g,a,f] → z[t,g,f], then z · B[f,g,e] → y[t,f,e]. */
function blockTensorTrain(tokens: number, size: number): Work[] {
  const sizes = { t: tokens, g: size, a: size, f: size, e: size };
  const of = (what: string, pattern: string, weights: boolean, steps: readonly string[] = [pattern]): Work => ({
    name: `BTT ${tokens} tokens, ${size}×${size} blocks: ${what}`,
    pattern,
    steps,
    sizes,
    weights,
  });
  return [
    of('first core', 'tga,gaf->tgf', true),
    of('second core', 'tgf,fge->tfe', true),
    of('both cores', 'tga,gaf,fge->tfe', true, ['tga,gaf->tgf', 'tgf,fge->tfe']),
    of('gradient of the first core', 'tga,tgf->gaf', false),
    of('gradient of the second core', 'tgf,tfe->fge', false),
  ];
}

/** What the suite `contraction` measures. */
export const contractionWorks: readonly Work[] = [
  product(512),
  product(1024),
  ...blocks(32, 256, 32),
  ...blocks(64, 256, 16),
  ...blocks(16, 256, 64),
  ...blocks(8, 512, 128),
  ...blockTensorTrain(1024, 14),
];
