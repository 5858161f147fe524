/**
 * The WebAssembly instructions that the emitter uses, by their text-format names. One number is a single-byte opcode;
 * vector instructions are listed by the number that follows the 0xfd prefix (WebAssembly core specification 3.0, §5.4).
 */
// biome-ignore format: a table is read by columns
export const SCALAR_OPCODES = {
  unreachable: 0x00, drop: 0x1a, select: 0x1b,
  'i32.eq': 0x46, 'i32.ne': 0x47, 'i32.lt_u': 0x49, 'i32.gt_u': 0x4b,
  'i32.ge_u': 0x4f,
  'i32.add': 0x6a, 'i32.mul': 0x6c, 'i32.div_u': 0x6e,
  'i32.and': 0x71, 'i32.or': 0x72, 'i32.xor': 0x73, 'i32.shl': 0x74, 'i32.shr_s': 0x75, 'i32.shr_u': 0x76,
  'f32.add': 0x92,
} as const;

// biome-ignore format: a table is read by columns
export const VECTOR_OPCODES = {
  'i32x4.splat': 0x11,
  'i32x4.eq': 0x37, 'i32x4.ne': 0x38, 'i32x4.lt_s': 0x39, 'i32x4.lt_u': 0x3a, 'i32x4.gt_s': 0x3b, 'i32x4.gt_u': 0x3c,
  'i32x4.le_s': 0x3d, 'i32x4.le_u': 0x3e, 'i32x4.ge_s': 0x3f, 'i32x4.ge_u': 0x40,
  'f32x4.eq': 0x41, 'f32x4.ne': 0x42, 'f32x4.lt': 0x43, 'f32x4.gt': 0x44, 'f32x4.le': 0x45, 'f32x4.ge': 0x46,
  'v128.not': 0x4d, 'v128.and': 0x4e, 'v128.andnot': 0x4f, 'v128.or': 0x50, 'v128.xor': 0x51, 'v128.bitselect': 0x52,
  'f32x4.ceil': 0x67, 'f32x4.floor': 0x68, 'f32x4.trunc': 0x69, 'f32x4.nearest': 0x6a,
  'i16x8.narrow_i32x4_u': 0x86,
  'i32x4.abs': 0xa0, 'i32x4.neg': 0xa1, 'i32x4.shl': 0xab, 'i32x4.shr_s': 0xac, 'i32x4.shr_u': 0xad,
  'i32x4.add': 0xae, 'i32x4.sub': 0xb1, 'i32x4.mul': 0xb5,
  'i32x4.min_s': 0xb6, 'i32x4.min_u': 0xb7, 'i32x4.max_s': 0xb8, 'i32x4.max_u': 0xb9,
  'f32x4.sqrt': 0xe3, 'f32x4.add': 0xe4, 'f32x4.sub': 0xe5, 'f32x4.mul': 0xe6,
  'f32x4.div': 0xe7, 'f32x4.min': 0xe8, 'f32x4.max': 0xe9, 'f32x4.pmin': 0xea, 'f32x4.pmax': 0xeb,
  'i32x4.trunc_sat_f32x4_s': 0xf8, 'i32x4.trunc_sat_f32x4_u': 0xf9, 'f32x4.convert_i32x4_s': 0xfa, 'f32x4.convert_i32x4_u': 0xfb,
  'f32x4.relaxed_madd': 0x105, 'f32x4.relaxed_nmadd': 0x106, 'i32x4.relaxed_laneselect': 0x10b,
} as const;

/** Memory access: opcode, whether it carries the vector prefix, and log₂ of its natural alignment. */
type MemoryEntry = readonly [opcode: number, isVector: boolean, alignment: number];

/** Whole-value loads and stores. */
export type MemoryOpcode =
  | 'i32.load'
  | 'f32.load'
  | 'i32.store'
  | 'i32.load16_u'
  | 'i32.store16'
  | 'f32.store'
  | 'v128.load'
  | 'v128.load16x4_u'
  | 'v128.load32_splat'
  | 'v128.store'
  | 'v128.load32_zero'
  | 'v128.load64_zero';

// biome-ignore format: a table is read by columns
export const MEMORY_OPCODES: Readonly<Record<MemoryOpcode, MemoryEntry>> = {
  'i32.load': [0x28, false, 2], 'f32.load': [0x2a, false, 2], 'i32.store': [0x36, false, 2], 'f32.store': [0x38, false, 2],
  'v128.load': [0x00, true, 4], 'v128.load32_splat': [0x09, true, 2], 'v128.store': [0x0b, true, 4],
  // pairs of bytes lie at any even address
  'i32.load16_u': [0x2f, false, 1], 'i32.store16': [0x3b, false, 1], 'v128.load16x4_u': [0x04, true, 1],
  'v128.load32_zero': [0x5c, true, 2], 'v128.load64_zero': [0x5d, true, 3],
};

/** One lane of a vector moved to or from memory. */
export type LaneMemoryOpcode = 'v128.load32_lane' | 'v128.store16_lane' | 'v128.store32_lane' | 'v128.store64_lane';
export const LANE_MEMORY_OPCODES: Readonly<Record<LaneMemoryOpcode, readonly [opcode: number, alignment: number]>> = {
  'v128.load32_lane': [0x56, 2],
  'v128.store16_lane': [0x59, 1],
  'v128.store32_lane': [0x5a, 2],
  'v128.store64_lane': [0x5b, 3],
};

/** One lane of a vector moved to or from a scalar. */
export const LANE_OPCODES = {
  'i32x4.replace_lane': 0x1c,
  'i32x4.extract_lane': 0x1b,
  'f32x4.extract_lane': 0x1f,
  'f32x4.replace_lane': 0x20,
} as const;

/** Instructions on shared memory, by the number that follows the 0xfe prefix (threads proposal); all on aligned 32-bit words. */
export const ATOMIC_OPCODES = {
  'memory.atomic.notify': 0x00,
  'memory.atomic.wait32': 0x01,
  'i32.atomic.load': 0x10,
  'i32.atomic.store': 0x17,
  'i32.atomic.rmw.add': 0x1e,
} as const;

export type AtomicOpcode = keyof typeof ATOMIC_OPCODES;
export type SimpleOpcode = keyof typeof SCALAR_OPCODES | keyof typeof VECTOR_OPCODES;
export type LaneOpcode = keyof typeof LANE_OPCODES;
