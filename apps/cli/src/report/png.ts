import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** A file of an installed package. */
const fileOf = (name: string): Promise<Buffer> => readFile(createRequire(import.meta.url).resolve(name));

type Renderer = (svg: string) => Uint8Array;

/** Pixels per unit of a drawing: sharp on dense screens and in print. */
const zoom = 2;

/** The renderer and the font come from npm packages, so that every machine draws the same letters, fonts or not. */
async function openRenderer(): Promise<Renderer> {
  const [{ initWasm, Resvg }, wasm, font] = await Promise.all([
    import('@resvg/resvg-wasm'),
    fileOf('@resvg/resvg-wasm/index_bg.wasm'),
    fileOf('@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff2'),
  ]);
  await initWasm(new Uint8Array(wasm));
  const family = 'DejaVu Sans';
  return (svg) => {
    const drawing = new Resvg(svg, {
      background: '#ffffff',
      fitTo: { mode: 'zoom', value: zoom },
      font: { fontBuffers: [new Uint8Array(font)], defaultFontFamily: family, sansSerifFamily: family },
    });
    const image = drawing.render();
    try {
      return image.asPng();
    } finally {
      image.free();
      drawing.free();
    }
  };
}

let renderer: Promise<Renderer> | undefined;

/** A drawing as a PNG image on white, two pixels for a unit. The renderer is loaded at the first call. */
export async function pngOfSvg(svg: string): Promise<Uint8Array> {
  renderer ??= openRenderer();
  return (await renderer)(svg);
}

/** Letters of a text that the font of PNG images lacks: an empty box stands for each. */
export const lettersWithoutGlyphs = (text: string): readonly string[] => [
  ...new Set(
    text.match(
      /[^\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Armenian}\p{sc=Georgian}\p{sc=Hebrew}\p{sc=Arabic}\p{sc=Common}\p{sc=Inherited}]/gu,
    ),
  ),
];
