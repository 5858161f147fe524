import { EinlabError } from '@einlab/einsum-core';
import { type ByteSource, type Extent, endedEarly, memorySource } from './byte-source.ts';

/** The first request asks for this much: most headers, so that one request finds out size and contents. */
const firstBlock = 2 ** 16;

/** The part of a file that an answer with status 206 says it holds. */
interface Part {
  readonly start: number;
  /** Behind the last byte. */
  readonly stop: number;
  readonly total: number;
}

/**
 * A file behind an address. Parts are asked for as ranges (RFC 9110 §14), and every answer is held to the range that was asked for. A
 * server that does not know ranges sends the whole file, which is then kept in memory.
 *
 * @throws {EinlabError} `file` when the server refuses, or answers something else than was asked for
 */
export async function httpSource(url: URL, extent: Extent): Promise<ByteSource> {
  const name = url.href;
  const first = await request(url, extent === 'whole' ? {} : { Range: `bytes=0-${firstBlock - 1}` });
  const part = first.status === 206 ? partOf(first, name) : undefined;
  if (part === undefined) return memorySource(new Uint8Array(await first.arrayBuffer()), name);
  const { total } = part;
  const start = new Uint8Array(Math.min(firstBlock, total));
  assertPart(part, { start: 0, stop: start.byteLength, total }, name);
  await fill(first, start, 0, name);
  // A strong validator makes the server say so when the file has changed since.
  const tag = first.headers.get('etag');
  const unchanged: Record<string, string> = tag?.startsWith('"') === true ? { 'If-Range': tag } : {};
  return {
    name,
    size: total,
    read: async (position, target) => {
      // A range has one byte at least.
      if (target.byteLength === 0) return;
      const stop = position + target.byteLength;
      if (stop <= start.byteLength) {
        target.set(start.subarray(position, stop));
        return;
      }
      const response = await request(url, { Range: `bytes=${position}-${stop - 1}`, ...unchanged });
      const got = response.status === 206 ? partOf(response, name) : undefined;
      if (got === undefined) {
        await response.body?.cancel();
        throw failure(
          name,
          `asked for the bytes ${position} to ${stop - 1}, the server answered ${response.status} with ${response.headers.get('content-range') ?? 'the whole file'}; has the file changed?`,
        );
      }
      assertPart(got, { start: position, stop, total }, name);
      await fill(response, target, position, name);
    },
    close: async () => {},
  };
}

async function request(url: URL, headers: Readonly<Record<string, string>>): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { headers });
  } catch (error) {
    // What happened to the connection is the cause of what fetch throws.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw failure(url.href, `the server cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (response.ok) return response;
  await response.body?.cancel();
  throw failure(url.href, `the server answered ${response.status} ${response.statusText}`, { status: response.status });
}

/** What the answer says it holds; undefined where it does not say how long the file is. */
function partOf(response: Response, name: string): Part | undefined {
  const text = response.headers.get('content-range');
  const [, start, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(text ?? '') ?? [];
  if (start === undefined || last === undefined || total === undefined)
    throw failure(name, `the server answered a part as "${text ?? ''}"; expected "bytes first-last/total"`);
  if (total === '*') throw failure(name, `the server does not say how long the file is: "${text}"`);
  return { start: Number(start), stop: Number(last) + 1, total: Number(total) };
}

function assertPart(got: Part, asked: Part, name: string): void {
  if (got.start === asked.start && got.stop === asked.stop && got.total === asked.total) return;
  throw failure(
    name,
    `asked for the bytes ${asked.start} to ${asked.stop - 1} of ${asked.total}, the server sent ${got.start} to ${got.stop - 1} of ${got.total}`,
  );
}

/** Reads a body into memory that is there, and refuses a shorter or a longer one. */
async function fill(response: Response, target: Uint8Array, position: number, name: string): Promise<void> {
  const expected = position + target.byteLength;
  const reader = response.body?.getReader();
  let at = 0;
  try {
    for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read()) {
      if (at + next.value.byteLength > target.byteLength)
        throw failure(name, `the server sent more than the bytes ${position} to ${expected - 1} that were asked for`);
      target.set(next.value, at);
      at += next.value.byteLength;
    }
  } catch (error) {
    await reader?.cancel().catch(() => {});
    if (error instanceof EinlabError) throw error;
    throw failure(name, `the connection broke at byte ${position + at} of ${expected}: ${String(error)}`);
  }
  if (at < target.byteLength) throw endedEarly(name, position + at, expected);
}

const failure = (name: string, message: string, details: Readonly<Record<string, unknown>> = {}): EinlabError =>
  new EinlabError('file', `${name}: ${message}`, { source: name, ...details });
