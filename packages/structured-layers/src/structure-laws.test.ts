import { openDevice, random, setDefaultDevice } from '@einlab/einsum-core';
import { assertClose, describeOnBackends } from '@einlab/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { sizesTakenBy, structureCatalogue } from './testing/catalogue.ts';
import { structureLaws } from './testing/structure-laws.ts';

describeOnBackends('every structure at every awkward size', (backend) => {
  // The reference takes every size; a compiled backend some of each kind, since each map is a program of its own.
  const tried: readonly string[] = backend === 'webgpu' ? ['11,29'] : ['36,36', '11,29'];
  const isTried = (size: readonly [number, number]): boolean => backend === 'reference' || tried.includes(`${size}`);

  beforeAll(async () => setDefaultDevice(await openDevice(backend)));

  describe.each(structureCatalogue.map((structure) => [`${structure}`, structure] as const))('%s', (_, structure) => {
    const sizes = sizesTakenBy(structure).filter(isTried);

    it('takes all sizes but those too small for its rank', () => {
      expect(sizes.length).toBeGreaterThanOrEqual(backend === 'reference' ? 7 : 1);
    });

    it.each(structureLaws.map((law) => [law.name, law] as const))('%s', async (_, law) => {
      for (const [i, [inSize, outSize]] of sizes.entries()) {
        const map = structure.realize(inSize, outSize);
        const comparisons = await law.check(map, random.key(100 + i));
        expect(comparisons.length).toBeGreaterThan(0);
        for (const { message, got, expected, reductionLength, scale } of comparisons) {
          assertClose(got, expected, {
            message: `${map}: ${message}`,
            ...(reductionLength === 0
              ? { dtype: 'i32' as const }
              : { dtype: backend === 'reference' ? ('f64' as const) : ('f32' as const) }),
            reductionLength,
            ...(scale === undefined ? {} : { scale }),
          });
        }
      }
    });
  });
});
