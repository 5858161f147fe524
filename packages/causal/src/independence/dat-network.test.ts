import { grad, type Tensor, tensor } from '@einlab/einsum-core';
import { keyFromSeed, type RandomKey } from '@einlab/numerics';
import { describe, expect, it } from 'vitest';
import { applyFamily, drawFamily, familySlopes, type NetworkFamily } from './dat-network.ts';
import { chooseSlopes, fitSlopes, lossesOf } from './dat-programs.ts';

describe('families of networks', () => {
  const pairs = [[5, 6].map(keyFromSeed), [7, 8].map(keyFromSeed)] as unknown as [RandomKey, RandomKey][];
  const inputs = tensor(
    Float32Array.from({ length: 2 * 5 * 6 }, (_, i) => Math.sin(1 + i)),
    { shape: [2, 5, 6] },
  );

  it('have the gradients of finite differences and of differentiation, by weights', async () => {
    for (const layers of [1, 2]) {
      const family = drawFamily(pairs, [2, 3], { width: 5, hidden: 4, layers });
      const loss = (nets: NetworkFamily, x: Tensor): Tensor => applyFamily(nets, x).said.square().sum();
      const found = applyFamily(family, inputs);
      const slopes = familySlopes(family, inputs, found, found.said.multiply(2));
      const wanted = grad((nets: NetworkFamily) => loss(nets, inputs))(family);
      for (const [layer, { weight, bias }] of family.entries()) {
        const [slope, own] = [await slopes[layer].weight.data(), await wanted[layer].weight.data()];
        const values = Float32Array.from(await weight.data());
        const changed = (k: number, step: number): NetworkFamily =>
          family.map((each, at) =>
            at === layer
              ? {
                  ...each,
                  weight: tensor(
                    values.map((value, i) => value + (i === k ? step : 0)),
                    { shape: [...weight.shape] },
                  ),
                }
              : each,
          );
        for (const k of [0, 3, 7, 30, values.length - 1]) {
          const rise = (await loss(changed(k, 1e-2), inputs).item()) - (await loss(changed(k, -1e-2), inputs).item());
          expect(Math.abs(own[k] - rise / 2e-2)).toBeLessThan(0.01 * (1 + Math.abs(own[k])));
        }
        // The network without x has no weights from it, whatever they would gain.
        const isMasked = (at: number): boolean => layer === 0 && Math.floor(at / 4) % 10 === 6;
        slope.forEach((value, at) => {
          expect(value).toBeCloseTo(isMasked(at) ? 0 : Number(own[at]), 4);
        });
        if (bias === undefined) continue;
        const [shift, ofBias] = [await slopes[layer].bias?.data(), await wanted[layer].bias?.data()];
        ofBias?.forEach((value, at) => {
          expect(shift?.[at]).toBeCloseTo(Number(value), 4);
        });
      }
    }
  });

  it('descend the losses of the game: by weights L1 + L2 with the residuals as numbers, by ψ L1 − L2 through both', async () => {
    for (const layers of [1, 2]) {
      const nets = drawFamily(pairs, [2, 3], { width: 5, hidden: 4, layers });
      const values = (length: number, scale: number): Float32Array =>
        Float32Array.from({ length }, (_, i) =>
          i >= 24 && length === 36 ? (i < 30 ? 0 : 1) : Math.cos(scale * (i + 1)),
        );
      const batch = {
        columns: tensor(values(36, 1.3), { shape: [6, 6] }),
        noise: tensor(values(30, 0.7), { shape: [5, 6] }),
      };
      const indices = {
        inputs: tensor(Int32Array.of(0, 1, 4, 2, 5, 3, 0, 1, 2, 5), { shape: [2, 5], dtype: 'i32' }),
        y: tensor(Int32Array.of(3, 1), { shape: [2, 1], dtype: 'i32' }),
      };
      const psi = tensor(
        Float32Array.from({ length: 10 }, (_, i) => 0.5 + 0.4 * Math.sin(i)),
        { shape: [2, 5] },
      );
      const mean = (of: NetworkFamily, at: Tensor, sign: 1 | -1): Tensor => {
        const [without, given] = lossesOf(of, at, indices, batch, sign === -1);
        return without.add(given.multiply(sign)).mean(1).sum();
      };
      const wanted = grad((of: NetworkFamily) => mean(of, psi, 1))(nets);
      const slopes = fitSlopes(nets, psi, indices, batch);
      for (const [layer, { weight, bias }] of slopes.entries()) {
        const own = await wanted[layer].weight.data();
        (await weight.data()).forEach((value, at) => {
          const isMasked = layer === 0 && Math.floor(at / 4) % 10 === 6;
          expect(value).toBeCloseTo(isMasked ? 0 : Number(own[at]), 5);
        });
        const shift = await wanted[layer].bias?.data();
        for (const [at, value] of [...((await bias?.data()) ?? [])].entries())
          expect(value).toBeCloseTo(Number(shift?.[at]), 5);
      }
      const chosen = chooseSlopes(nets, psi, indices, batch);
      const ofPsi = await grad((at: Tensor) => mean(nets, at, -1))(psi).data();
      (await chosen.psi.data()).forEach((value, at) => {
        // ψ of x and of the one, which come last, is fixed.
        expect(value).toBeCloseTo(at % 5 < 3 ? Number(ofPsi[at]) : 0, 5);
      });
      expect(await chosen.explained.sum().item()).toBeCloseTo(await mean(nets, psi, -1).item(), 5);
    }
  });

  it('are two plain networks each, of which the first does not see x', async () => {
    const [hidden, width, rows] = [3, 4, 5];
    const [family] = [drawFamily([[keyFromSeed(1), keyFromSeed(2)]], [2], { width, hidden, layers: 1 })];
    const shift = Float32Array.of(0.1, -0.2, 0.3, 0.4);
    const shifted = [family[0], { ...family[1], bias: tensor(shift, { shape: [1, 2, 2, 1] }) }];
    const x = Float32Array.from({ length: width * rows }, (_, i) => (i >= 3 * rows ? 1 : Math.cos(i)));
    const said = await applyFamily(shifted, tensor(x, { shape: [1, width, rows] })).said.data();
    const [first, second] = [await family[0].weight.data(), await family[1].weight.data()];
    for (let row = 0; row < rows; row++) {
      for (const half of [0, 1]) {
        const units = Array.from({ length: hidden }, (_, h) => {
          let sum = 0;
          for (let m = 0; m < width; m++)
            if (half === 1 || m !== 2) sum += x[m * rows + row] * first[m * 2 * hidden + half * hidden + h];
          return Math.max(0, sum);
        });
        for (const l of [0, 1]) {
          const column = 2 * half + l;
          const wanted = units.reduce((sum, u, h) => sum + u * second[(half * hidden + h) * 2 + l], shift[column]);
          expect(said[column * rows + row]).toBeCloseTo(wanted, 5);
        }
      }
    }
  });

  it('draw the same numbers for a test whatever it is drawn with, and leave padding and masked weights at zero', async () => {
    const size = { width: 5, hidden: 4, layers: 1 };
    const own = [keyFromSeed(8), keyFromSeed(9)] as const;
    const [alone] = drawFamily([own], [2], size);
    const [both] = drawFamily([[keyFromSeed(5), keyFromSeed(6)], own], [3, 2], size);
    const values = await alone.weight.data();
    expect([...(await both.weight.data())].slice(40)).toEqual([...values]);
    const filled = (row: number, half: number): boolean =>
      [...values].slice(row * 8 + 4 * half, row * 8 + 4 * half + 4).every((value) => value !== 0);
    const rows = [0, 1, 2, 3, 4].map((row) => [filled(row, 0), filled(row, 1)]);
    expect(rows).toEqual([
      [true, true],
      [true, true],
      [false, false],
      [false, true],
      [false, false],
    ]);
  });
});
