/** Rotation distances of Threefry-2x32, one per round, repeating every eight (Salmon et al. 2011, table 2). */
const rotations = Uint8Array.of(13, 15, 26, 6, 17, 29, 16, 24);

/** Parity word of the key schedule, the 32-bit form of Skein's C240 constant (Salmon et al. 2011, §4.2). */
const keyParity = 0x1bd11bda;

/** Rounds, and after every fourth of them a word of the key schedule is added. */
const rounds = 20;

/**
 * Threefry-2x32 with 20 rounds: 64 random bits as a pure function of a 64-bit key and a 64-bit counter.
 *
 * @param key0 - `u32`, as are the other words; higher bits are ignored.
 * @returns two `u32` words.
 * @see Salmon, Moraes, Dror, Shaw 2011, Parallel random numbers: as easy as 1, 2, 3.
 * @example `threefry2x32(0, 0, 0, 0)` gives `[0x6b200159, 0x99ba4efe]`
 */
export function threefry2x32(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  threefry2x32Into(scratch, key0, key1, counter0, counter1);
  return [scratch[0], scratch[1]];
}

const scratch = new Uint32Array(2);

/**
 * `threefry2x32` without an allocation: writes the two words to `out[0]` and `out[1]`.
 *
 * @param out - `u32[word=2]` or longer.
 */
export function threefry2x32Into(
  out: Uint32Array,
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
): void {
  const schedule0 = key0 | 0;
  const schedule1 = key1 | 0;
  const schedule2 = keyParity ^ schedule0 ^ schedule1;
  let x0 = (counter0 + schedule0) | 0;
  let x1 = (counter1 + schedule1) | 0;
  // The schedule's words are used in turn: (1, 2), (2, 0), (0, 1), …
  let next0 = schedule1;
  let next1 = schedule2;
  let next2 = schedule0;
  for (let round = 0; round < rounds; round += 4) {
    for (let step = 0; step < 4; step += 1) {
      const distance = rotations[(round + step) & 7];
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << distance) | (x1 >>> (32 - distance))) ^ x0;
    }
    x0 = (x0 + next0) | 0;
    x1 = (x1 + next1 + (round / 4 + 1)) | 0;
    const used = next0;
    next0 = next1;
    next1 = next2;
    next2 = used;
  }
  out[0] = x0;
  out[1] = x1;
}
