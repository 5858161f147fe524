import { fileErrorAt, shown } from './place.ts';

/** A tag of an XML text, or what stands between two. */
export type XmlEvent =
  | {
      readonly kind: 'open';
      readonly name: string;
      readonly attributes: ReadonlyMap<string, string>;
      readonly at: number;
    }
  | { readonly kind: 'close'; readonly name: string; readonly at: number }
  | { readonly kind: 'text'; readonly text: string; readonly at: number };

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Text without its entities. */
function decode(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** Text as XML writes it, in attributes too. */
export const encodeXml = (text: string): string =>
  text.replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);

/**
 * The tags of an XML text in order; a tag that closes itself gives two events. Prefixes are cut off.
 *
 * @throws {EinlabError} `file`, with the line and column, for tags that do not fit together.
 */
export function xmlEvents(format: string, text: string): XmlEvent[] {
  const events: XmlEvent[] = [];
  const open: string[] = [];
  const local = (name: string): string => name.slice(name.indexOf(':') + 1);
  const skip = /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!DOCTYPE[^>]*>/y;
  const tag = /<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/y;
  for (let at = 0; at < text.length; ) {
    const start = text.indexOf('<', at);
    const between = text.slice(at, start < 0 ? text.length : start);
    if (between.trim() !== '') {
      if (open.length === 0) throw fileErrorAt(format, text, at, `${shown(between.trim())} stands outside every tag`);
      events.push({ kind: 'text', text: decode(between), at });
    }
    if (start < 0) break;
    skip.lastIndex = start;
    tag.lastIndex = start;
    const skipped = skip.exec(text);
    const found = skipped === null ? tag.exec(text) : null;
    if (skipped === null && found === null) throw fileErrorAt(format, text, start, 'this is no complete tag');
    if (found !== null) {
      const [, isClosing, name = '', rest = '', isEmpty] = found;
      if (isClosing !== '') {
        const expected = open.pop();
        if (expected !== name)
          throw fileErrorAt(
            format,
            text,
            start,
            `</${name}> closes ${expected === undefined ? 'nothing' : `<${expected}>`}`,
          );
        events.push({ kind: 'close', name: local(name), at: start });
      } else {
        const attributes = new Map<string, string>();
        for (const [, key = '', double, single] of rest.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
          attributes.set(key, decode(double ?? single ?? ''));
        events.push({ kind: 'open', name: local(name), attributes, at: start });
        if (isEmpty === '/') events.push({ kind: 'close', name: local(name), at: start });
        else open.push(name);
      }
    }
    at = start + (skipped ?? found ?? [''])[0].length;
  }
  const left = open.at(-1);
  if (left !== undefined) throw fileErrorAt(format, text, text.length, `<${left}> is not closed`);
  return events;
}
