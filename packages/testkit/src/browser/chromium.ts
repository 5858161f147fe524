import { type Browser, chromium } from 'playwright-core';
import { unpackChromium } from './unpack-chromium.ts';

/**
 * Why no browser can be started here, or undefined where one can: the package carries a Chromium for one kind of machine.
 */
export function missingBrowser(): string | undefined {
  const { platform, arch } = process;
  return platform === 'linux' && arch === 'x64'
    ? undefined
    : `no browser: the tests bring a Chromium for Linux on x64 only, not for ${platform} on ${arch}`;
}

/** WebGPU computes on the processor. Fewer flags than the package proposes: some of its own turn isolation off. */
const FLAGS = ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Starts a headless Chromium that needs nothing of the machine but what npm brought. */
export async function openChromium(): Promise<Browser> {
  const { executable, libraries, fonts } = await unpackChromium();
  return chromium.launch({
    executablePath: executable,
    args: FLAGS,
    headless: true,
    env: { ...environment(), LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: fonts },
  });
}

/** The variables of this process that have a value. */
function environment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
