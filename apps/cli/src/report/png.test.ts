import { describe, expect, it } from 'vitest';
import { lettersWithoutGlyphs, pngOfSvg } from './png.ts';

/** A drawing of one text in a font that no machine has, so that another one must stand in. */
const drawing = (text: string, family: string = 'sans-serif'): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20" font-family="${family}"><text x="2" y="15">${text}</text></svg>`;

describe('pngOfSvg', () => {
  it('draws at two pixels per unit, the same bytes each time', async () => {
    const [one, two] = [await pngOfSvg(drawing('a')), await pngOfSvg(drawing('a'))];
    const view = new DataView(one.buffer, one.byteOffset);
    expect([...one.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([120, 40]);
    expect(two).toEqual(one);
  });

  it('has a shape of its own for every letter, whatever fonts the machine has', async () => {
    // U+E000 is for private use: no font has it
    const letters = ['', '\ue000', ...'aA0éßαЖ≤·,−'];
    const images = await Promise.all(
      letters.map(async (letter) => Buffer.from(await pngOfSvg(drawing(letter))).toString('base64')),
    );
    expect(new Set(images).size).toBe(letters.length);
    expect(await pngOfSvg(drawing('a', 'system-ui, sans-serif'))).toEqual(await pngOfSvg(drawing('a')));
  });

  it('knows the letters that it lacks', () => {
    expect(lettersWithoutGlyphs('sales, Umsätze, продажи ≤ 5 %')).toEqual([]);
    expect(lettersWithoutGlyphs('売上 and 売')).toEqual(['売', '上']);
  });
});
