import { pushAll, pushName, pushSection, pushUnsigned, pushVector } from './bytes.ts';
import { createFunctionBuilder, type FunctionBuilder, VALUE_TYPE_BYTES, type ValueType } from './function-builder.ts';

/** A WebAssembly module under construction: functions over one imported memory (`env.memory`). */
export interface ModuleBuilder {
  /** Adds a function without results and returns its index; `build` writes the body. */
  addFunction(parameters: readonly ValueType[], build: (body: FunctionBuilder) => void): number;
  /** Makes a function callable from JavaScript. */
  export(name: string, functionIndex: number): void;
  /** The module's bytes. */
  finish(): Uint8Array<ArrayBuffer>;
}

/** Pages of 64 KiB that a memory may have: all that 32-bit addresses reach. */
export const LARGEST_PAGES = 65536;

/** A new, empty module; its memory is one that threads share, or one thread's own. */
export function createModuleBuilder({ isShared }: { readonly isShared: boolean } = { isShared: false }): ModuleBuilder {
  const types = new Map<string, number>();
  const typeBytes: number[][] = [];
  const functions: { type: number; body: number[] }[] = [];
  const exports: number[][] = [];

  const typeIndex = (parameters: readonly ValueType[]): number => {
    const key = parameters.join();
    const known = types.get(key);
    if (known !== undefined) return known;
    const bytes = [0x60];
    pushUnsigned(bytes, parameters.length);
    for (const parameter of parameters) bytes.push(VALUE_TYPE_BYTES[parameter]);
    bytes.push(0);
    types.set(key, typeBytes.length);
    return typeBytes.push(bytes) - 1;
  };

  return {
    addFunction(parameters, build) {
      const body = createFunctionBuilder(parameters);
      build(body);
      return functions.push({ type: typeIndex(parameters), body: body.finish() }) - 1;
    },
    export(name, functionIndex) {
      const bytes: number[] = [];
      pushName(bytes, name);
      bytes.push(0);
      pushUnsigned(bytes, functionIndex);
      exports.push(bytes);
    },
    finish() {
      const out: number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
      const section = (id: number, items: readonly (readonly number[])[]): void => {
        const content: number[] = [];
        pushVector(content, items);
        pushSection(out, id, content);
      };
      section(1, typeBytes);
      const memory: number[] = [];
      pushName(memory, 'env');
      pushName(memory, 'memory');
      memory.push(0x02);
      if (!isShared)
        memory.push(0x00, 0x01); // at least one page, no maximum
      else {
        memory.push(0x03, 0x01); // shared memories have one
        pushUnsigned(memory, LARGEST_PAGES);
      }
      section(2, [memory]);
      section(
        3,
        functions.map(({ type }) => unsigned(type)),
      );
      section(7, exports);
      section(
        10,
        functions.map(({ body }) => withLength(body)),
      );
      return Uint8Array.from(out);
    },
  };
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  pushUnsigned(bytes, value);
  return bytes;
}

function withLength(body: readonly number[]): number[] {
  const bytes = unsigned(body.length);
  pushAll(bytes, body);
  return bytes;
}
