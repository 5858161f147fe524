import { pushF32, pushSigned, pushU32, pushUnsigned } from './bytes.ts';
import {
  ATOMIC_OPCODES,
  type AtomicOpcode,
  LANE_MEMORY_OPCODES,
  LANE_OPCODES,
  type LaneMemoryOpcode,
  type LaneOpcode,
  MEMORY_OPCODES,
  type MemoryOpcode,
  SCALAR_OPCODES,
  type SimpleOpcode,
  VECTOR_OPCODES,
} from './opcodes.ts';

export type ValueType = 'i32' | 'f32' | 'v128';
export const VALUE_TYPE_BYTES: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

/** A local variable's index within its function. */
export type Local = number;

/**
 * Writes one function's body as stack-machine instructions. Nothing here checks types: an emitter's tests validate the
 * whole module. Blocks take and leave no values.
 */
export interface FunctionBuilder {
  /** The parameters, in order. */
  readonly parameters: readonly Local[];
  /** A new local, or a released one of the same type. Its initial value is undefined: set before use. */
  local(type: ValueType): Local;
  /** Gives a local back for reuse. */
  release(local: Local): void;
  get(local: Local): void;
  set(local: Local): void;
  tee(local: Local): void;
  i32(value: number): void;
  f32(value: number): void;
  /** A 64-bit integer, for the one instruction that takes a time. */
  i64(value: number): void;
  /** A vector of four equal f32. */
  f32x4(value: number): void;
  /** A vector of four equal 32-bit integers. */
  i32x4(value: number): void;
  /** A vector of four given 32-bit integers. */
  i32x4Lanes(a: number, b: number, c: number, d: number): void;
  op(name: SimpleOpcode): void;
  /** Fills memory: [address, byte value, byte count on the stack]. */
  memoryFill(): void;
  /** Loads from [address on the stack] + offset bytes; alignment is a hint and is given as 4 bytes throughout. */
  load(name: MemoryOpcode, offset?: number): void;
  /** Stores [address, value on the stack]. */
  store(name: MemoryOpcode, offset?: number): void;
  /** Loads or stores one lane: [address, vector on the stack]. */
  laneMemory(name: LaneMemoryOpcode, lane: number, offset?: number): void;
  lane(name: LaneOpcode, lane: number): void;
  /** An instruction on a word of shared memory: [address, its other operands on the stack]. */
  atomic(name: AtomicOpcode, offset?: number): void;
  /** Sixteen byte indices into the two vectors on the stack. */
  shuffleBytes(bytes: readonly number[]): void;
  /** Four word indices, 0–3 of the first vector and 4–7 of the second. */
  shuffle(a: number, b: number, c: number, d: number): void;
  block(body: () => void): void;
  loop(body: () => void): void;
  /** Runs `then` if the i32 on the stack is not zero. */
  if(then: () => void, otherwise?: () => void): void;
  br(depth: number): void;
  brIf(depth: number): void;
  call(functionIndex: number): void;
  /** i32 local += constant */
  increment(local: Local, amount: number): void;
  /**
   * `for (counter = 0; counter < count; counter += step) body()` for a positive constant count: a bottom-tested loop.
   * `counter` must be an i32 local; a count of one step runs the body without a loop, with counter = 0.
   */
  repeat(counter: Local, count: number, step: number, body: () => void): void;
  /** The finished body: local declarations and code. */
  finish(): number[];
}

type Constants = Pick<FunctionBuilder, 'i32' | 'i64' | 'f32' | 'f32x4' | 'i32x4' | 'i32x4Lanes'>;
type Access = Pick<
  FunctionBuilder,
  'memoryFill' | 'load' | 'store' | 'laneMemory' | 'lane' | 'atomic' | 'shuffleBytes' | 'shuffle'
>;
type Control = Pick<FunctionBuilder, 'block' | 'loop' | 'if' | 'br' | 'brIf' | 'call'>;
type Locals = Pick<FunctionBuilder, 'local' | 'release' | 'get' | 'set' | 'tee'>;

function constantInstructions(code: number[]): Constants {
  const vector = (push: () => void): void => {
    code.push(0xfd, 0x0c);
    push();
  };
  const i32x4Lanes = (...lanes: readonly [number, number, number, number]): void => {
    vector(() => {
      for (const lane of lanes) pushU32(code, lane);
    });
  };
  return {
    i32(value) {
      code.push(0x41);
      pushSigned(code, value);
    },
    i64(value) {
      code.push(0x42);
      pushSigned(code, value);
    },
    f32(value) {
      code.push(0x43);
      pushF32(code, value);
    },
    f32x4(value) {
      vector(() => {
        for (let lane = 0; lane < 4; lane++) pushF32(code, value);
      });
    },
    i32x4: (value) => i32x4Lanes(value, value, value, value),
    i32x4Lanes,
  };
}

/**
 * The largest offset there is. Nothing is there in any memory: code for arrays that do not fit is compiled before their memory is refused, and would
 * trap if it ran.
 */
const FARTHEST = 2 ** 32 - 1;

function accessInstructions(code: number[]): Access {
  const memory = (opcode: number, isVector: boolean, alignment: number, offset: number): void => {
    if (isVector) code.push(0xfd);
    pushUnsigned(code, opcode);
    pushUnsigned(code, Math.min(alignment, 2));
    pushUnsigned(code, Math.min(offset, FARTHEST));
  };
  const whole = (name: MemoryOpcode, offset = 0): void => {
    const [opcode, isVector, alignment] = MEMORY_OPCODES[name];
    memory(opcode, isVector, alignment, offset);
  };
  const shuffleBytes = (bytes: readonly number[]): void => {
    code.push(0xfd, 0x0d, ...bytes);
  };
  return {
    memoryFill() {
      code.push(0xfc, 0x0b, 0x00);
    },
    load: whole,
    store: whole,
    laneMemory(name, lane, offset = 0) {
      const [opcode, alignment] = LANE_MEMORY_OPCODES[name];
      memory(opcode, true, alignment, offset);
      code.push(lane);
    },
    lane(name, lane) {
      code.push(0xfd, LANE_OPCODES[name], lane);
    },
    atomic(name, offset = 0) {
      code.push(0xfe);
      pushUnsigned(code, ATOMIC_OPCODES[name]);
      pushUnsigned(code, 2);
      pushUnsigned(code, offset);
    },
    shuffleBytes,
    shuffle(...words) {
      shuffleBytes(words.flatMap((word) => [4 * word, 4 * word + 1, 4 * word + 2, 4 * word + 3]));
    },
  };
}

function controlInstructions(code: number[]): Control {
  const block = (opcode: number, body: () => void): void => {
    code.push(opcode, 0x40);
    body();
    code.push(0x0b);
  };
  const withIndex = (opcode: number, index: number): void => {
    code.push(opcode);
    pushUnsigned(code, index);
  };
  return {
    block: (body) => block(0x02, body),
    loop: (body) => block(0x03, body),
    if(then, otherwise) {
      block(0x04, () => {
        then();
        if (otherwise === undefined) return;
        code.push(0x05);
        otherwise();
      });
    },
    br: (depth) => withIndex(0x0c, depth),
    brIf: (depth) => withIndex(0x0d, depth),
    call: (functionIndex) => withIndex(0x10, functionIndex),
  };
}

/** Locals are handed out again after `release`; `types` grows by each new one. */
function localInstructions(code: number[], types: ValueType[]): Locals {
  const free: Record<ValueType, Local[]> = { i32: [], f32: [], v128: [] };
  const withLocal = (opcode: number, local: Local): void => {
    code.push(opcode);
    pushUnsigned(code, local);
  };
  return {
    local(type) {
      const reused = free[type].pop();
      if (reused !== undefined) return reused;
      return types.push(type) - 1;
    },
    release(local) {
      free[types[local]].push(local);
    },
    get: (local) => withLocal(0x20, local),
    set: (local) => withLocal(0x21, local),
    tee: (local) => withLocal(0x22, local),
  };
}

/** A builder for a function with the given parameter types. */
export function createFunctionBuilder(parameterTypes: readonly ValueType[]): FunctionBuilder {
  const code: number[] = [];
  const types: ValueType[] = [...parameterTypes];
  const builder: FunctionBuilder = {
    parameters: parameterTypes.map((_, i) => i),
    ...localInstructions(code, types),
    ...constantInstructions(code),
    ...accessInstructions(code),
    ...controlInstructions(code),
    op(name) {
      if (name in SCALAR_OPCODES) {
        code.push(SCALAR_OPCODES[name as keyof typeof SCALAR_OPCODES]);
      } else {
        code.push(0xfd);
        pushUnsigned(code, VECTOR_OPCODES[name as keyof typeof VECTOR_OPCODES]);
      }
    },
    increment(local, amount) {
      builder.get(local);
      builder.i32(amount);
      builder.op('i32.add');
      builder.set(local);
    },
    repeat(counter, count, step, body) {
      builder.i32(0);
      builder.set(counter);
      if (count <= step) return body();
      builder.loop(() => {
        body();
        builder.get(counter);
        builder.i32(step);
        builder.op('i32.add');
        builder.tee(counter);
        builder.i32(count);
        builder.op('i32.lt_u');
        builder.brIf(0);
      });
    },
    finish() {
      const body: number[] = [];
      const locals = types.slice(parameterTypes.length);
      pushUnsigned(body, locals.length);
      for (const type of locals) body.push(1, VALUE_TYPE_BYTES[type]);
      for (let i = 0; i < code.length; i++) body.push(code[i]);
      body.push(0x0b);
      return body;
    },
  };
  return builder;
}
