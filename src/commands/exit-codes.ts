// What the exit code of a command means to a script. `EXIT_CODES` explains them, and the help text lists it.
export const EXIT_OK = 0;
export const EXIT_REGRESSION = 1;
export const EXIT_USAGE = 2;
export const EXIT_INCONCLUSIVE = 3;
export const EXIT_INTERNAL = 4;
/** 128 + 2, as shells report SIGINT. */
export const EXIT_INTERRUPTED = 130;

interface ExitCode {
  readonly code: number;
  readonly meaning: string;
}

export const EXIT_CODES: readonly ExitCode[] = [
  { code: EXIT_OK, meaning: "success; with --gate the verdict is pass" },
  { code: EXIT_REGRESSION, meaning: "regression: the verdict is fail" },
  { code: EXIT_USAGE, meaning: "usage or configuration error, or unreadable input" },
  { code: EXIT_INCONCLUSIVE, meaning: "inconclusive: too little was compared for a verdict" },
  { code: EXIT_INTERNAL, meaning: "internal error" },
  { code: EXIT_INTERRUPTED, meaning: "interrupted by SIGINT" },
];

/** The exit codes as a section of the help text. */
export function exitCodesHelp(): string {
  const lines = EXIT_CODES.map(({ code, meaning }) => `  ${String(code).padEnd(3)}  ${meaning}`);
  return ["", "Exit codes:", ...lines].join("\n");
}
