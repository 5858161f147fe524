import { fileFailure } from '../base/check.ts';

/** Bits written one after the other, the highest of a byte first. */
export class BitWriter {
  readonly #bytes: number[] = [];
  #used = 0;

  /** The lowest `count` bits of a number, highest first; at most 32. */
  write(value: number, count: number): void {
    for (let i = count - 1; i >= 0; i--) {
      if (this.#used % 8 === 0) this.#bytes.push(0);
      const bit = Math.floor(value / 2 ** i) % 2;
      this.#bytes[this.#bytes.length - 1] |= bit << (7 - (this.#used % 8));
      this.#used += 1;
    }
  }

  /** A whole number ≥ 1 in Elias' γ code: as many zeros as it has bits after its first, and then its bits. 2⌊log₂ x⌋ + 1 bits. */
  writeGamma(value: number): void {
    const length = Math.floor(Math.log2(value));
    this.write(0, length);
    this.write(value, length + 1);
  }

  /** Bits so far. */
  get length(): number {
    return this.#used;
  }

  /** The bytes; the last is filled with zeros. */
  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** Reads bits as `BitWriter` wrote them. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #source: string;
  #at = 0;

  constructor(bytes: Uint8Array, source: string) {
    this.#bytes = bytes;
    this.#source = source;
  }

  /** The next `count` bits as a number. @throws {EinlabError} `file` where there are fewer */
  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) throw fileFailure(this.#source, `the bits end at ${this.#at}; is the file truncated?`);
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
      this.#at += 1;
    }
    return value;
  }

  /** A number in γ code, at most 2⁴⁸. @throws {EinlabError} `file` */
  readGamma(): number {
    let length = 0;
    while (this.read(1) === 0) {
      length += 1;
      if (length > 48)
        throw fileFailure(this.#source, `a number at bit ${this.#at} has more than 48 bits; is the file damaged?`);
    }
    return 2 ** length + this.read(length);
  }

  /** The first byte that no bit was read of; the bits before it must be zero. @throws {EinlabError} `file` */
  alignedByte(): number {
    while (this.#at % 8 !== 0) {
      if (this.read(1) !== 0)
        throw fileFailure(this.#source, `bit ${this.#at - 1} is 1; expected zeros up to the next byte`);
    }
    return this.#at / 8;
  }
}
