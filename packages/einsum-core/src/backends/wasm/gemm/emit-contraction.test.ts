import { describe, expect, it } from 'vitest';
import { type ContractionKernel, normalizeContraction } from '../../../kernels/contraction.ts';
import { createModuleBuilder } from '../emit/module-builder.ts';
import { schedulesOf } from './choose-schedule.ts';
import { contractionMismatches, groupsOf, type MismatchOptions } from './contraction-mismatches.test-helper.ts';
import { emitContraction } from './emit-contraction.ts';

const check = (kernel: ContractionKernel, options: MismatchOptions): void =>
  expect(contractionMismatches(kernel, options)).toEqual([]);

/** Every order of the letters. */
function orders(letters: string): string[] {
  if (letters.length <= 1) return [letters];
  return [...letters].flatMap((letter) => orders(letters.replace(letter, '')).map((rest) => letter + rest));
}

const modes = [
  { name: 'fused multiply-add', relaxed: true },
  { name: 'multiply, then add', relaxed: false },
] as const;

for (const { name, relaxed } of modes) {
  describe(`emitContraction, ${name}`, () => {
    it('sums 0, 1, around 256 and 600 terms, contiguous or not', () => {
      for (const k of [0, 1, 2, 3, 5, 31, 32, 33, 255, 256, 257, 384, 385, 600]) {
        check(groupsOf('mk,kn->mn', { m: 13, k, n: 11 }), { relaxed });
        check(groupsOf('mk,nk->mn', { m: 7, k, n: 9 }), { relaxed });
        check(groupsOf('km,kn->mn', { m: 9, k, n: 13 }), { relaxed });
      }
    });

    it('writes zeros where there is nothing to sum', () => {
      for (const pattern of ['mbk,bkn->mbn', 'mkb,kbn->nmb', 'bk,bk->b', 'k,k->']) {
        check(groupsOf(pattern, { m: 5, b: 6, k: 0, n: 7 }), { relaxed });
      }
    });

    it('covers every number of rows and columns around its tiles', () => {
      for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 17, 25, 31]) {
        check(groupsOf('mk,kn->mn', { m: size, k: 5, n: 19 }), { relaxed });
        check(groupsOf('mk,nk->mn', { m: 19, k: 5, n: size }), { relaxed });
        check(groupsOf('km,kn->nm', { m: size, k: 9, n: size }), { relaxed });
        check(groupsOf('bmk,bnk->bmn', { b: 3, m: size, k: 4, n: size }), { relaxed });
      }
    });

    it('takes every order of the axes of all three tensors', () => {
      const sizes = { b: 6, m: 15, k: 10, n: 9 };
      for (const left of orders('bmk')) {
        for (const right of orders('bkn')) {
          for (const out of orders('bmn')) check(groupsOf(`${left},${right}->${out}`, sizes), { relaxed });
        }
      }
    });

    it('takes long sums over rows that all batch indices share, by every schedule', () => {
      const limits = { nearBytes: 64, rightBytes: 32000, leftBytes: 4000, depth: 32 };
      for (const [pattern, n] of [
        ['tbk,tbn->bkn', 9],
        ['tkb,tbn->bnk', 14],
        ['tbk,tnb->knb', 3],
        ['mbk,bkn->mbn', 9],
      ] as const) {
        const kernel = groupsOf(pattern, { t: 60, m: 20, b: 20, k: 27, n });
        const count = schedulesOf(normalizeContraction(kernel), { relaxed, limits }).length;
        for (let choice = 0; choice < count; choice++) check(kernel, { relaxed, limits, choice });
      }
    });

    it('transposes blocks that stay in the first-level cache, by every schedule', () => {
      for (const pattern of ['mkb,bkn->nbm', 'kmb,nkb->bnm']) {
        const kernel = groupsOf(pattern, { b: 48, m: 41, k: 10, n: 7 });
        const found = schedulesOf(normalizeContraction(kernel), { relaxed });
        const near = found.filter(
          ({ inner, columnSegments }) => inner?.size === 16 && columnSegments.blocking.blocks > 1,
        );
        expect(near.length, pattern).toBeGreaterThan(0);
        for (let choice = 0; choice < found.length; choice++) check(kernel, { relaxed, choice });
      }
    });

    it('takes groups of several axes that cannot be fused', () => {
      const sizes = { a: 3, b: 4, c: 2, d: 5, e: 3, f: 7, g: 2, h: 4 };
      for (const pattern of [
        'aecgb,dgfce->dabf',
        'abcd,bdef->aecf',
        'gahcb,hgdc->dagb',
        'fcadb,bcgda->gf',
        'abcdef,fdbh->eahc',
      ]) {
        check(groupsOf(pattern, sizes), { relaxed });
      }
    });

    it('is right under every schedule it considers, in blocks of any size', () => {
      const limits = { nearBytes: 64, rightBytes: 1500, leftBytes: 1500, depth: 16 };
      const kernels = ['mbk,bkn->mbn', 'kmb,nkb->nmb', 'mbk,nbk->nmb', 'bkm,bnk->bmn', 'kbm,kbn->mnb'].map((pattern) =>
        groupsOf(pattern, { b: 10, m: 38, k: 45, n: 27 }),
      );
      for (const kernel of kernels) {
        const count = schedulesOf(normalizeContraction(kernel), { relaxed }).length;
        for (let choice = 0; choice < count; choice++) {
          check(kernel, { relaxed, choice });
          check(kernel, { relaxed, choice, limits });
        }
      }
    });
  });
}

describe('emitContraction', () => {
  it('needs no tables for single axes, and stays small', () => {
    const module = createModuleBuilder();
    const { tables, functionIndex } = emitContraction(
      module,
      groupsOf('mbk,bkn->mbn', { b: 32, m: 256, k: 32, n: 32 }),
      {
        relaxed: true,
      },
    );
    module.export('run', functionIndex);
    expect(tables).toHaveLength(0);
    expect(module.finish().length).toBeLessThan(8000);
  });

  it('gives the same bits wherever the operands lie', () => {
    // Two runs of `contractionMismatches` place operands differently; here the same sums are compared bit for bit.
    const kernel = groupsOf('mk,nk->mn', { m: 7, k: 130, n: 9 });
    const module = createModuleBuilder();
    const { functionIndex, scratchBytes } = emitContraction(module, kernel, { relaxed: true });
    module.export('run', functionIndex);
    const memory = new WebAssembly.Memory({ initial: 2 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), { env: { memory } });
    const run = exports['run'] as (...addresses: number[]) => void;
    const f32 = new Float32Array(memory.buffer);
    const result = (shift: number): number[] => {
      const [left, right, out, scratch] = [shift, 2000 + shift, 4000 + shift, 8192];
      for (let i = 0; i < 910; i++) f32[left + i] = Math.sin(i);
      for (let i = 0; i < 1170; i++) f32[right + i] = Math.cos(3 * i);
      expect(scratch * 4 + scratchBytes).toBeLessThanOrEqual(memory.buffer.byteLength);
      run(4 * left, 4 * right, 4 * out, 4 * scratch, 0);
      return [...f32.slice(out, out + 63)];
    };
    expect(result(1)).toEqual(result(4));
    expect(result(3)).toEqual(result(32));
  });
});
