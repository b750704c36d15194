import { createInterface } from "node:readline/promises";

/** Asks the user. */
export interface Questions {
  /** @returns the line; undefined if the user has left with Ctrl-C or Ctrl-D */
  ask(question: string): Promise<string | undefined>;
  close(): void;
}

/** Asks on the terminal; undefined if there is no terminal. */
export function terminalQuestions(): Questions | undefined {
  const { stdin: input, stderr: output } = process;
  if (!input.isTTY || !output.isTTY) return undefined;
  const terminal = createInterface({ input, output });
  const left = Promise.withResolvers<undefined>();
  terminal.once("SIGINT", () => terminal.close());
  terminal.once("close", () => left.resolve(undefined));
  return {
    ask: (question) => Promise.race([terminal.question(question), left.promise]),
    close: () => terminal.close(),
  };
}
