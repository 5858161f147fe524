import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os';

/** Where the figures were taken. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly node: string;
  readonly v8: string;
  /** Processes that wanted to run, averaged over the last minute: above 1, something else took part. */
  readonly load: number;
}

/** The machine this runs on, as it is now. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${platform()}-${arch()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    load: loadavg()[0] ?? Number.NaN,
  };
}

/** `307200K` as the kernel writes it, in bytes; undefined where it is something else. */
export function cacheBytes(text: string): number | undefined {
  const [, digits, unit] = /^(\d+)([KMG])\s*$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * 1024 ** (1 + 'KMG'.indexOf(unit ?? 'K'));
}

/** Bytes of the largest cache that the system reports (Linux); undefined where it says nothing. */
export function lastLevelCacheBytes(): number | undefined {
  const sizes = [0, 1, 2, 3, 4].flatMap((index) => {
    try {
      return cacheBytes(readFileSync(`/sys/devices/system/cpu/cpu0/cache/index${index}/size`, 'utf8')) ?? [];
    } catch {
      return [];
    }
  });
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}
