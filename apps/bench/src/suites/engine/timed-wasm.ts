/** What was made while WebAssembly was being watched. */
export interface Watched<Result> {
  readonly result: Result;
  /** Milliseconds spent so far in functions of the modules that were instantiated meanwhile. */
  inside(): number;
}

/**
 * Runs something while every module that it instantiates has its functions timed. The functions stay timed afterwards;
 * modules instantiated later are left alone.
 */
export async function withTimedWasm<Result>(make: () => Promise<Result>): Promise<Watched<Result>> {
  let milliseconds = 0;
  const timed = (exports: WebAssembly.Exports): WebAssembly.Exports =>
    Object.fromEntries(
      Object.entries(exports).map(([name, value]) => {
        if (typeof value !== 'function') return [name, value];
        const run = (...values: unknown[]): unknown => {
          const start = performance.now();
          try {
            return value(...values);
          } finally {
            milliseconds += performance.now() - start;
          }
        };
        return [name, run];
      }),
    );
  const { instantiate, Instance } = WebAssembly;
  const watched = {
    async instantiate(source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports): Promise<unknown> {
      if (source instanceof WebAssembly.Module) return { exports: timed((await instantiate(source, imports)).exports) };
      const { module, instance } = await instantiate(source, imports);
      return { module, instance: { exports: timed(instance.exports) } };
    },
    Instance: class {
      readonly exports: WebAssembly.Exports;
      constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
        this.exports = timed(new Instance(module, imports).exports);
      }
    },
  };
  Object.assign(WebAssembly, watched);
  try {
    return { result: await make(), inside: () => milliseconds };
  } finally {
    Object.assign(WebAssembly, { instantiate, Instance });
  }
}
