/** What the exit code of a command tells a script. */

/** The versions agree, or the command did what it was asked. */
export const EXIT_OK = 0;
/** The gate's verdict is fail. */
export const EXIT_REGRESSION = 1;
/** The command line or the configuration is wrong, or what they name cannot be read. */
export const EXIT_USAGE = 2;
/** Too little was compared to judge. */
export const EXIT_INCONCLUSIVE = 3;
/** An error of the program itself. */
export const EXIT_INTERNAL = 4;
/** Ended by SIGINT: 128 + 2, as shells count it. */
export const EXIT_INTERRUPTED = 130;
