/**
 * The first key that occurs twice in one object of a JSON text, or undefined. `JSON.parse` keeps the last of equal keys and
 * says nothing, so two tensors of one name would pass unseen.
 *
 * @param json - a text that `JSON.parse` accepts
 */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  // Strings first, so that braces and colons inside them do not count. A string followed by a colon is a key.
  for (const [token, text, colon] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*(:?)|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (text !== undefined && colon === ':') {
      const key: unknown = JSON.parse(text);
      const keys = open.at(-1);
      if (typeof key !== 'string' || keys === undefined) continue;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
