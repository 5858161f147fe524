/** A terminal's stream, as far as it is needed here. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  /** 0 where the terminal does not say. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** Lines at the bottom of a terminal that are drawn anew in place. */
export interface LiveLines {
  /** Replaces what was drawn by these lines, cut to the terminal's width. */
  draw(lines: readonly string[]): void;
  /** Removes what was drawn. */
  clear(): void;
}

/** Live lines on a stream that understands escape sequences. */
export function createLiveLines(stream: TerminalStream): LiveLines {
  let drawn = 0;
  // Up to the first line drawn, then erase from there to the end of the screen.
  const erase = (): string => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[0J`);
  return {
    draw(lines) {
      const width = Math.max(20, (stream.columns || 80) - 1);
      const text = lines.map((line) => `${[...line].slice(0, width).join('')}\n`).join('');
      stream.write(erase() + text);
      drawn = lines.length;
    },
    clear() {
      stream.write(erase());
      drawn = 0;
    },
  };
}

/** A bar of the given width: `[███████▌      ]`, in eighths of a character. */
export function bar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8));
  const rest = eighths % 8 === 0 ? '' : (' ▏▎▍▌▋▊▉'[eighths % 8] ?? '');
  return `[${(full + rest).padEnd(width)}]`;
}
