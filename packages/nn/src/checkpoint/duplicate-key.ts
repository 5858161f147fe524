/**
 * The first key that occurs twice in one object of a JSON text, or undefined. `JSON.parse` keeps the last of equal keys and
 * says nothing, so two tensors of one name would pass unseen.
 *
 * @param json - a text that `JSON.parse` accepts
 */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '{') open.push(new Set());
    else if (character === '}') open.pop();
    else if (character === '"') {
      // Braces and colons inside a string do not count. A string followed by a colon is a key.
      const end = stringEnd(json, at);
      const keys = open.at(-1);
      if (keys !== undefined && json[nextToken(json, end)] === ':') {
        const key: unknown = JSON.parse(json.slice(at, end));
        if (typeof key === 'string' && keys.has(key)) return key;
        if (typeof key === 'string') keys.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** The place behind the string that starts at a quotation mark. A regular expression would run out of stack on a long one. */
function stringEnd(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** The next place that is no white space. */
function nextToken(json: string, from: number): number {
  let at = from;
  while (at < json.length && ' \t\n\r'.includes(json[at] ?? '')) at++;
  return at;
}
