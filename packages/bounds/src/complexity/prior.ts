import { optionFailure } from '../base/check.ts';
import { type Bits, bits, type Nats, nats } from '../base/units.ts';

/**
 * How a code length becomes a prior probability:
 *
 * - `kraft` C ln 2 + ln C + ln(C + 1): Σ_C 1/(C(C + 1)) = 1 over all bit strings. The default.
 * - `zeta` C ln 2 + 2 ln C + ln(π²/6), which sums to 1 as well.
 * - `self-delimiting` C ln 2, for codes of which none is the beginning of another, such as the containers of this package.
 * - `paper` C ln 2 + 2 ln C, which sums to π²/6 > 1: less than a bit too short, kept to recompute published numbers.
 */
export type PriorForm = 'kraft' | 'zeta' | 'self-delimiting' | 'paper';

/** The names of the priors. */
export const priorForms: readonly PriorForm[] = ['kraft', 'zeta', 'self-delimiting', 'paper'];

/** What is charged for a hypothesis. */
export interface PriorOptions {
  /** Default `kraft`. */
  readonly prior?: PriorForm;
  /** What was chosen by looking at the data and is not in the code: `selectionBits` of each choice, added up. Default 0. */
  readonly selection?: Bits;
}

/**
 * ln 1/P(h) of a hypothesis whose code has C bits, with every choice beside the code paid for: the selection is part of the
 * message, so it is a part of C in the logarithms too.
 *
 * @param code - C, the length of the code in bits, at least 1
 * @throws {EinlabError} `option` for a code below one bit: a hypothesis without a code would cost nothing
 */
export function complexityNats(code: Bits, options: PriorOptions = {}): Nats {
  const { prior = 'kraft', selection = bits(0) } = options;
  if (!(code >= 1 && Number.isFinite(code)))
    throw optionFailure('complexityNats', 'the code length in bits', code, 'a finite number ≥ 1');
  if (!(selection >= 0 && Number.isFinite(selection)))
    throw optionFailure('complexityNats', 'selection in bits', selection, 'a finite number ≥ 0');
  const total = (code + selection) * Math.LN2;
  switch (prior) {
    case 'kraft':
      return nats(total + Math.log(code) + Math.log1p(code));
    case 'zeta':
      return nats(total + 2 * Math.log(code) + Math.log(Math.PI ** 2 / 6));
    case 'self-delimiting':
      return nats(total);
    case 'paper':
      return nats(total + 2 * Math.log(code));
    default:
      throw optionFailure('complexityNats', 'prior', prior, `one of ${priorForms.join(', ')}`);
  }
}

/** The price of having chosen among `count` alternatives by looking at the data, log₂ count; 0 for one. */
export function selectionBits(count: number): Bits {
  if (!(count >= 1 && Number.isFinite(count)))
    throw optionFailure('selectionBits', 'the number of alternatives', count, 'a finite number ≥ 1');
  return bits(Math.log2(count));
}
