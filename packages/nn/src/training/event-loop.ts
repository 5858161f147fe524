/** Longest stretch of work between two turns of the event loop, so that signals and timers are not kept waiting. */
const longestMilliseconds = 50;

/**
 * A function that lets the event loop turn when it has not for a while. Awaiting a device that answers at once never does, and then
 * neither Ctrl-C nor a timer would get through.
 */
export function eventLoopTurner(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < longestMilliseconds) return;
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
    last = performance.now();
  };
}
