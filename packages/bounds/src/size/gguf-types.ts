/** A tensor type of GGUF: how many elements a block has, and how many bytes it takes. */
export interface GgufType {
  readonly name: string;
  readonly elements: number;
  readonly bytes: number;
  /** What a block consists of, in order. */
  readonly fields: readonly GgufField[];
}

/** A run of symbols of the same kind within a block. */
export interface GgufField {
  /** Bits of a symbol: 1, 2, 4, 8, 16, 32 or 64; those of less than a byte lie from its lowest bit on. */
  readonly width: number;
  readonly bytes: number;
}

const type = (
  name: string,
  elements: number,
  bytes: number,
  ...fields: readonly (readonly [width: number, bytes: number])[]
): GgufType => ({ name, elements, bytes, fields: fields.map(([width, length]) => ({ width, bytes: length })) });

/** The tensor types of GGUF by their number in the file. @see ggml-org/llama.cpp, gguf-py/gguf/constants.py, GGML_QUANT_SIZES */
export const ggufTypes: ReadonlyMap<number, GgufType> = new Map([
  [0, type('F32', 1, 4, [32, 4])],
  [1, type('F16', 1, 2, [16, 2])],
  [2, type('Q4_0', 32, 18, [16, 2], [4, 16])],
  [3, type('Q4_1', 32, 20, [16, 2], [16, 2], [4, 16])],
  [6, type('Q5_0', 32, 22, [16, 2], [1, 4], [4, 16])],
  [7, type('Q5_1', 32, 24, [16, 2], [16, 2], [1, 4], [4, 16])],
  [8, type('Q8_0', 32, 34, [16, 2], [8, 32])],
  [9, type('Q8_1', 32, 40, [32, 4], [32, 4], [8, 32])],
  [10, type('Q2_K', 256, 84, [4, 16], [2, 64], [16, 2], [16, 2])],
  [11, type('Q3_K', 256, 110, [1, 32], [2, 64], [8, 12], [16, 2])],
  [12, type('Q4_K', 256, 144, [16, 2], [16, 2], [8, 12], [4, 128])],
  [13, type('Q5_K', 256, 176, [16, 2], [16, 2], [8, 12], [1, 32], [4, 128])],
  [14, type('Q6_K', 256, 210, [4, 128], [2, 64], [8, 16], [16, 2])],
  [15, type('Q8_K', 256, 292, [32, 4], [8, 256], [16, 32])],
  [16, type('IQ2_XXS', 256, 66, [16, 2], [8, 64])],
  [17, type('IQ2_XS', 256, 74, [16, 2], [8, 72])],
  [18, type('IQ3_XXS', 256, 98, [16, 2], [8, 96])],
  [19, type('IQ1_S', 256, 50, [16, 2], [8, 48])],
  [20, type('IQ4_NL', 32, 18, [16, 2], [4, 16])],
  [21, type('IQ3_S', 256, 110, [16, 2], [8, 108])],
  [22, type('IQ2_S', 256, 82, [16, 2], [8, 80])],
  [23, type('IQ4_XS', 256, 136, [16, 2], [8, 6], [4, 128])],
  [24, type('I8', 1, 1, [8, 1])],
  [25, type('I16', 1, 2, [16, 2])],
  [26, type('I32', 1, 4, [32, 4])],
  [27, type('I64', 1, 8, [64, 8])],
  [28, type('F64', 1, 8, [64, 8])],
  [29, type('IQ1_M', 256, 56, [8, 56])],
  [30, type('BF16', 1, 2, [16, 2])],
  [34, type('TQ1_0', 256, 54, [8, 52], [16, 2])],
  [35, type('TQ2_0', 256, 66, [8, 64], [16, 2])],
  [39, type('MXFP4', 32, 17, [8, 1], [4, 16])],
  [40, type('NVFP4', 64, 36, [8, 4], [4, 32])],
]);
