import { fileErrorAt, shown } from './place.ts';

/** A piece of a text. */
export interface Token {
  readonly kind: 'word' | 'text' | 'sign' | 'end';
  /** The word, the text without its quotes, or the sign. */
  readonly value: string;
  /** Where it begins in the text. */
  readonly at: number;
}

/** How a language is cut into tokens. */
export interface TokenRules {
  /** The language's name, for the messages. */
  readonly format: string;
  /** Signs, longer ones first. */
  readonly signs: readonly string[];
  /** A word, anchored with the flag `y`. */
  readonly word: RegExp;
  /** What to jump over, anchored with the flag `y`: blanks and comments. */
  readonly blank: RegExp;
  /** Whether a backslash in a quoted text takes the next character as it is. */
  readonly hasEscapes: boolean;
}

/** Cuts a text into tokens, an `end` last. */
export function tokensOf(text: string, rules: TokenRules): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] || undefined;
  };
  for (;;) {
    at += match(rules.blank)?.length ?? 0;
    if (at >= text.length) break;
    if (text[at] === '"') {
      const start = at;
      let value = '';
      for (at++; text[at] !== '"'; at++) {
        if (at >= text.length) {
          throw fileErrorAt(rules.format, text, start, `the text that begins here has no closing quote`);
        }
        if (rules.hasEscapes && text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) at++;
        value += text[at];
      }
      at++;
      tokens.push({ kind: 'text', value, at: start });
      continue;
    }
    const sign = rules.signs.find((each) => text.startsWith(each, at));
    if (sign !== undefined) {
      tokens.push({ kind: 'sign', value: sign, at });
      at += sign.length;
      continue;
    }
    const word = match(rules.word);
    if (word === undefined) {
      throw fileErrorAt(rules.format, text, at, `${shown(text.slice(at, at + 1))} cannot stand here`);
    }
    tokens.push({ kind: 'word', value: word, at });
    at += word.length;
  }
  tokens.push({ kind: 'end', value: '', at: text.length });
  return tokens;
}

/** Reads tokens one after the other. */
export interface TokenReader {
  peek(ahead?: number): Token;
  next(): Token;
  /** Takes the next token when it is this sign. */
  takes(sign: string): boolean;
  /** @throws {EinlabError} `file`, when the next token is another. */
  expect(sign: string, why: string): Token;
  /** The value of a word or quoted text. @throws {EinlabError} `file`, for another token. */
  name(what: string): string;
  fail(token: Token, problem: string): never;
}

/** A reader over the tokens of a text. */
export function tokenReader(text: string, rules: TokenRules): TokenReader {
  const tokens = tokensOf(text, rules);
  let position = 0;
  const peek = (ahead = 0): Token => tokens[Math.min(position + ahead, tokens.length - 1)];
  const fail = (token: Token, problem: string): never => {
    throw fileErrorAt(rules.format, text, token.at, problem);
  };
  const said = ({ kind, value }: Token): string => (kind === 'end' ? 'the end of the file' : shown(value));
  const next = (): Token => {
    const token = peek();
    if (position < tokens.length - 1) position++;
    return token;
  };
  const isSign = (sign: string): boolean => peek().kind === 'sign' && peek().value === sign;
  return {
    peek,
    next,
    fail,
    takes(sign) {
      if (!isSign(sign)) return false;
      next();
      return true;
    },
    expect(sign, why) {
      return isSign(sign) ? next() : fail(peek(), `expected ${shown(sign)} ${why}, found ${said(peek())}`);
    },
    name(what) {
      const token = peek();
      return token.kind === 'word' || token.kind === 'text'
        ? next().value
        : fail(token, `expected ${what}, found ${said(token)}`);
    },
  };
}
