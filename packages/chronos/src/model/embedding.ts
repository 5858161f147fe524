/** The states that a model has of a series. */
export interface Embedding {
  /** `f32[time, width]`, row-major. */
  readonly states: Float32Array;
  readonly time: number;
  readonly width: number;
  /** What the series was scaled by: (x − location)/scale. */
  readonly location: number;
  readonly scale: number;
}
