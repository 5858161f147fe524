/**
 * The wire format of protocol buffers, as far as an ONNX model needs it.
 *
 * A message is a sequence of fields, each a key (`field number · 8 + wire type`) and a value: wire type 0 is a
 * base-128 integer, least significant group first, 2 is a length and that many bytes.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */

/** A field's value: integers as varints, the rest as a length and bytes. */
export type FieldValue = number | string | Uint8Array;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

function field(number: number, value: FieldValue): Uint8Array {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new Error(`protobuf: ${value} is not a non-negative safe integer`);
    return Uint8Array.from([...varint(number * 8), ...varint(value)]);
  }
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return concatenated([Uint8Array.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The bytes of a message: pairs of field number and value; a list of values repeats its field. */
export function message(
  fields: readonly (readonly [number: number, value: FieldValue | readonly FieldValue[]])[],
): Uint8Array {
  return concatenated(
    fields.flatMap(([number, value]) => (Array.isArray(value) ? value : [value]).map((one) => field(number, one))),
  );
}
