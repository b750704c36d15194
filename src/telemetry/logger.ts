import { destination, pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from "pino";

export type Logger = PinoLogger;
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/**
 * JSON lines on stderr, one per event; whatever stands in a message, a line stays a line. `error` means that a human must
 * act now. Captured content is never logged.
 * @param options.thread named in every line
 * @param options.stream default: stderr, written at once so that the last words of a dying process are not lost
 */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly thread: string;
  readonly stream?: DestinationStream | undefined;
}): Logger {
  return pino(
    {
      level: options.level,
      base: { thread: options.thread },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.stream ?? destination({ fd: 2, sync: true }),
  );
}
