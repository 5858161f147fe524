/** What the engines of a run computed on. */
export interface AdapterNote {
  /** As the driver names it. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  /** The driver's own line about itself, with its version where it tells it. */
  readonly driver: string;
  /** The implementation of WebGPU and its version. */
  readonly api: string;
  /** Whether a processor imitates a graphics card. */
  readonly isSoftware: boolean;
  /** Invocations of a subgroup, at least and at most; 0 where that is not told. */
  readonly subgroupSizes: readonly [least: number, most: number];
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

/** The adapter in a few lines. */
export function adapterText({ name, driver, api, isSoftware, features, limits }: AdapterNote): string {
  return [
    `adapter ${name} (${driver}; ${api}${isSoftware ? '; software: figures are no card’s' : ''})`,
    `features: ${features.join(', ')}`,
    `limits: ${Object.entries(limits)
      .map(([limit, value]) => `${limit} ${value}`)
      .join(', ')}`,
  ].join('\n');
}
