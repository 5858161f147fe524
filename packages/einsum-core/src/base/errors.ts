/** What kind of thing went wrong; stable, so that callers can branch on it. */
export type EinlabErrorCode =
  | 'shape'
  | 'pattern'
  | 'dtype'
  | 'device'
  | 'device-lost'
  | 'memory'
  | 'file'
  | 'data'
  | 'option';

/**
 * The one error class of the family. `message` names the culprit in the user's words, shows the offending values and
 * says what was expected; `details` holds the same values as fields.
 */
export class EinlabError extends Error {
  override readonly name = 'EinlabError';
  readonly code: EinlabErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: EinlabErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

type Details = Readonly<Record<string, unknown>>;

/** Shapes that do not fit together. */
export const shapeError = (message: string, details?: Details): EinlabError =>
  new EinlabError('shape', message, details);

/** A pattern that cannot be read; the message carries the pattern and a caret. */
export const patternError = (message: string, details?: Details): EinlabError =>
  new EinlabError('pattern', message, details);

/** Element types that do not fit together; nothing converts implicitly. */
export const dtypeError = (message: string, details?: Details): EinlabError =>
  new EinlabError('dtype', message, details);

/** A device that is missing, closed, or not the one a tensor lives on. */
export const deviceError = (message: string, details?: Details): EinlabError =>
  new EinlabError('device', message, details);

/** A device that stopped working; what was kept on it is gone. */
export const deviceLostError = (message: string, details?: Details): EinlabError =>
  new EinlabError('device-lost', message, details);

/** More memory asked for than the device can give; nothing was changed. */
export const memoryError = (message: string, details?: Details): EinlabError =>
  new EinlabError('memory', message, details);

/** Values that cannot be used: wrong length, out of range, not finite where it matters. */
export const dataError = (message: string, details?: Details): EinlabError => new EinlabError('data', message, details);

/** An option outside its range or unknown. */
export const optionError = (message: string, details?: Details): EinlabError =>
  new EinlabError('option', message, details);
