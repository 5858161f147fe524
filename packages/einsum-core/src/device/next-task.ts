/** Waits until the host has run what it has to do between tasks, finalizers among it; awaiting a promise alone does not. */
export const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
