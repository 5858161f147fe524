/** A function that shaders may call: its text, and which others it calls. */
export interface Helper {
  readonly text: string;
  readonly uses?: readonly string[];
}
