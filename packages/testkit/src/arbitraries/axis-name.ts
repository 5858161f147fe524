import fc from 'fast-check';

/** The house's axis vocabulary, so that counterexamples read as users' patterns do. */
const vocabulary = ['batch', 'time', 'token', 'in', 'out', 'hidden', 'head', 'dim', 'expert', 'core', 'vocab'];
const latin = [...'abcdefghijklmnopqrstuvwxyzABCXYZ'];
const greek = [...'αβγδεφρ'];

/** One letter, Latin of either case or Greek: an axis name of the compact notation. */
export function axisLetter(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...latin) },
    { weight: 1, arbitrary: fc.constantFrom(...greek) },
  );
}

/** Valid axis names of the spaced notation: a letter, then letters and digits. */
export function axisName(): fc.Arbitrary<string> {
  const tail = fc.string({ unit: fc.constantFrom(...'abcxyz0129'), minLength: 1, maxLength: 5 });
  return fc.oneof(
    fc.constantFrom(...vocabulary),
    axisLetter(),
    fc.tuple(axisLetter(), tail).map(([head, rest]) => head + rest),
  );
}

/** Near misses: texts that look like an axis name but hold a character that no name has, for error tests. */
export function invalidAxisName(): fc.Arbitrary<string> {
  const wrong = fc.constantFrom('$', '%', '!', '*', '&', '@', ';', '=', '?', '#');
  return fc.oneof(
    fc.tuple(axisName(), wrong).map(([name, mark]) => name + mark),
    fc.tuple(wrong, axisName()).map(([mark, name]) => mark + name),
    fc.tuple(fc.constantFrom(...'0123456789'), axisName()).map(([digit, name]) => digit + name),
  );
}
