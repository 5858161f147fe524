import type {} from 'vitest';

/** What a property test leaves in its task's metadata for the reporter. */
export interface PropertyMeta {
  /** Cases that were tried. */
  readonly runs: number;
  /** Cases that were asked for; more than `runs` when the time cap stopped the property. */
  readonly requested: number;
}

declare module 'vitest' {
  interface TaskMeta {
    /** Set by `property()`. */
    property?: PropertyMeta;
    /** Set by `itLaws()`: what the law is a law of; empty where that is not one thing of many. */
    law?: string;
    /** Set by `describeOnBackends()`: the backend the test ran on. */
    backend?: string;
    /** What `webgpu` ran on, where a test asked. */
    adapter?: string;
  }
}
