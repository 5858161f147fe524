import { describe, expect, it } from 'vitest';
import { message } from './protobuf.ts';

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

// The three examples of https://protobuf.dev/programming-guides/encoding/
describe('message', () => {
  it('writes an integer in groups of seven bits', () => {
    expect(hex(message([[1, 150]]))).toBe('08 96 01');
  });

  it('writes a string with its length', () => {
    expect(hex(message([[2, 'testing']]))).toBe('12 07 74 65 73 74 69 6e 67');
  });

  it('writes a message within a message', () => {
    expect(hex(message([[3, message([[1, 150]])]]))).toBe('1a 03 08 96 01');
  });

  it('repeats the field for a list, and writes nothing for an empty one', () => {
    expect(
      hex(
        message([
          [1, [1, 2]],
          [2, []],
        ]),
      ),
    ).toBe('08 01 08 02');
  });

  it('writes the largest safe integer and refuses what is none', () => {
    expect(hex(message([[1, Number.MAX_SAFE_INTEGER]]))).toBe('08 ff ff ff ff ff ff ff 0f');
    expect(() => message([[1, -1]])).toThrow('-1 is not a non-negative safe integer');
  });
});
