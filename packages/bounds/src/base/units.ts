declare const unit: unique symbol;

/** A length or a loss in bits. A plain number becomes one by `bits`, so that no nats slip in unseen. */
export type Bits = number & { readonly [unit]: 'bits' };

/** A length or a loss in nats: 1 nat is log₂ e ≈ 1.4427 bits. */
export type Nats = number & { readonly [unit]: 'nats' };

// The brand exists for the compiler alone: a unit is a number and stays one.
/** A number that counts bits. */
export const bits = (value: number): Bits => value as Bits;

/** A number that counts nats. */
export const nats = (value: number): Nats => value as Nats;

/** Bits as nats: × ln 2. */
export const toNats = (value: Bits): Nats => nats(value * Math.LN2);

/** Nats as bits: ÷ ln 2. */
export const toBits = (value: Nats): Bits => bits(value / Math.LN2);
