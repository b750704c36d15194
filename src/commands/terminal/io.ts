/** Where a command writes. The program passes the process' streams, a test collects. */
export interface CommandIo {
  /** What was asked for: addresses, a report. The text ends with its own line break. */
  readonly out: (text: string) => void;
  /** What went wrong, and what to do. The text ends with its own line break. */
  readonly err: (text: string) => void;
}

/** Takes the exit code of a command that has ended. */
export type SetExitCode = (code: number) => void;
