import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHeap } from './heap.ts';

describe('a heap that threads share', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  /** A machine that sets whole memories aside at once, and has less than is asked for. */
  const machineWith = (mostPages: number): void => {
    const { Memory } = WebAssembly;
    class Limited extends Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        if ((descriptor.maximum ?? 0) > mostPages) throw new RangeError('could not allocate memory');
        super(descriptor);
      }
    }
    vi.stubGlobal('WebAssembly', { ...WebAssembly, Memory: Limited });
  };

  it('asks for less where 4 GiB are refused, and says so when that is full', () => {
    machineWith(16384);
    const heap = createHeap({ isShared: true });
    expect(heap.memory.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(() => heap.allocate(2 ** 30, 'a test')).toThrow(
      /1073741824 bytes for a test do not fit.*the limit is 1073676288/,
    );
    expect(heap.allocate(1024, 'a test')).toBeGreaterThan(0);
  });

  it('says what to do where no memory can be shared', () => {
    machineWith(1024);
    expect(() => createHeap({ isShared: true })).toThrow(/no memory that threads can share; open .* threads: 1/);
  });
});
