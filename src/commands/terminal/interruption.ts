import { EXIT_INTERRUPTED, EXIT_OK } from "../exit-codes.ts";

/** npm passes on the signal that the terminal has already sent: so close together they are one. */
const SAME_KEYPRESS_MS = 500;

export interface Interruption {
  /** Fulfilled by SIGINT or SIGTERM with the exit code that belongs to it. */
  readonly code: Promise<number>;
  /** Leaves the signals to Node again. */
  stop(): void;
}

/**
 * Waits for the wish to end. A second signal, a moment later, ends the program at once.
 * @returns exit code 130 for SIGINT, 0 for SIGTERM, which is how a supervisor ends a service that is in order
 */
export function awaitInterruption(): Interruption {
  let since: number | undefined;
  const { promise, resolve } = Promise.withResolvers<number>();
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    since ??= now;
    if (now - since > SAME_KEYPRESS_MS) process.exit(EXIT_INTERRUPTED);
    resolve(signal === "SIGINT" ? EXIT_INTERRUPTED : EXIT_OK);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    code: promise,
    stop() {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
