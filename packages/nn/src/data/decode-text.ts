import { EinlabError } from '@einlab/einsum-core';

/**
 * The text of a file: UTF-8 without a byte-order mark, line ends as `\n`.
 *
 * @param bytes - the whole file
 * @param source - what to call it in errors
 * @throws {EinlabError} `data` when it is empty, is not UTF-8, or holds a NUL, which texts do not
 */
export function decodeText(bytes: Uint8Array, source: string = 'text'): string {
  if (bytes.byteLength === 0) throw new EinlabError('data', `${source}: the file is empty; expected text`, { source });
  const zero = bytes.indexOf(0);
  if (zero >= 0)
    throw new EinlabError(
      'data',
      `${source}: byte ${zero} is 0, so this is a binary file (or UTF-16); expected UTF-8 text`,
      { source, byte: zero },
    );
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const byte = firstInvalidByte(bytes);
    throw new EinlabError(
      'data',
      `${source}: the bytes from ${byte} on are not UTF-8 (0x${(bytes[byte] ?? 0).toString(16).padStart(2, '0')}); expected UTF-8 text`,
      { source, byte },
    );
  }
  return text.replaceAll('\r\n', '\n');
}

/** Where the first sequence of bytes starts that is no character; found by halving, since what starts a text is itself valid. */
function firstInvalidByte(bytes: Uint8Array): number {
  const isValid = (length: number, isWhole: boolean): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: !isWhole });
      return true;
    } catch {
      return false;
    }
  };
  let [valid, invalid] = [0, bytes.byteLength + 1];
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (isValid(middle, false)) valid = middle;
    else invalid = middle;
  }
  // Up to three bytes at the end may be the beginning of a character that does not go on.
  while (!isValid(valid, true)) valid -= 1;
  return valid;
}
