import { describe, expect, it } from 'vitest';
import { AWAY, BUSY, createMailbox, GIVEN, LISTENING, STATE } from './mailbox.ts';

/** A mailbox of a worker that only writes down its messages, and the words that they share. */
function withWords() {
  const messages: { kind?: string; words?: Uint32Array }[] = [];
  const mailbox = createMailbox((message) => void messages.push(message));
  const [{ words = new Uint32Array(0) }] = messages.splice(0);
  return { mailbox, words, messages };
}

describe('a mailbox', () => {
  it('gives a program to a worker that listens or is about to, and sends it to one that is away', () => {
    const { mailbox, words, messages } = withWords();
    mailbox.run(7, [1, 2]);
    expect(messages.splice(0)).toEqual([{ kind: 'run', program: 7, parameters: [1, 2] }]);
    for (const state of [LISTENING, BUSY]) {
      words[STATE] = state;
      mailbox.run(8, [3, 4_000_000_000]);
      expect(messages).toEqual([]);
      expect([...words.subarray(0, 5)]).toEqual([GIVEN, 8, 2, 3, 4_000_000_000]);
    }
  });

  it('sends what is too long for it', () => {
    const { mailbox, words, messages } = withWords();
    words[STATE] = LISTENING;
    mailbox.run(7, new Array<number>(40).fill(1));
    expect(messages).toHaveLength(1);
    expect(words[STATE]).toBe(LISTENING);
  });

  it('calls the worker back to its messages with each of them, behind which programs then go', () => {
    const { mailbox, words, messages } = withWords();
    for (const state of [LISTENING, BUSY, AWAY]) {
      words[STATE] = state;
      mailbox.post({ kind: 'release' });
      expect(words[STATE]).toBe(AWAY);
      mailbox.run(9, []);
      expect(messages.splice(0).map(({ kind }) => kind)).toEqual(['release', 'run']);
    }
  });
});
