/** There is no report to print; the message says in one line why, and what to do. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
