/** What must be there, by `REQUIRE_BACKENDS=wasm,webgpu,browser`. */
const required = (process.env['REQUIRE_BACKENDS'] ?? '').split(',');

/** Whether `REQUIRE_BACKENDS` lists a backend, or `browser`: then its absence is a failure and not a skip. */
export const isRequired = (name: string): boolean => required.includes(name);
