import { destination, pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from "pino";

export type Logger = PinoLogger;
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/**
 * Logs JSON lines to stderr, one line per event, with control characters escaped. The level `error` means that a human must act
 * now. Captured content is never logged.
 * @param options.thread name of the thread, part of every line
 * @param options.stream default: stderr, written synchronously so that the last lines of a crashing process are not lost
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
