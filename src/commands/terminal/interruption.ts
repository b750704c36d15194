import { EXIT_INTERRUPTED, EXIT_OK } from "../exit-codes.ts";

/** npm forwards a signal that the terminal also sends. Within this time, two signals count as one. */
const SAME_KEYPRESS_MS = 500;

export interface Interruption {
  /** Resolves at SIGINT or SIGTERM with the exit code. */
  readonly code: Promise<number>;
  /** Restores the default handling of signals. */
  stop(): void;
}

/**
 * Waits for SIGINT (exit code 130) or SIGTERM (0, because a supervisor stops a healthy service with it). A second signal ends the
 * process immediately.
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
