/** A number as a text that tells it from all others. */
export const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : `${value}`);
