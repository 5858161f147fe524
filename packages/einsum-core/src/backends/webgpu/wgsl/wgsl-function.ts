/** A function that shaders may call: its text, and which others it calls. */
export interface WgslFunction {
  readonly text: string;
  readonly uses?: readonly string[];
}
