import type { AddHelpTextContext, HelpConfiguration, OutputConfiguration } from "commander";
import { DEFAULT_WIDTH } from "../../report/render/text/terminal-text.ts";

/** Of the column of descriptions. Commander does not wrap below it, and the longest flag leaves this much of 80 columns. */
const MIN_DESCRIPTION_WIDTH = 30;

/** As wide as the terminal, and not wider than a report. */
function helpWidth(): number {
  return Math.min(process.stdout.columns ?? DEFAULT_WIDTH, DEFAULT_WIDTH);
}

export const HELP_CONFIGURATION: HelpConfiguration = { minWidthToWrap: MIN_DESCRIPTION_WIDTH };
export const HELP_OUTPUT: OutputConfiguration = { getOutHelpWidth: helpWidth, getErrHelpWidth: helpWidth };

/**
 * The end of a command's help, for `addHelpText`.
 * @param examples command lines, which a test parses @param note paragraphs before them
 */
export function examplesHelp(examples: readonly string[], note = ""): (context: AddHelpTextContext) => string {
  return ({ command }) => {
    const wrapped = note === "" ? [] : ["", command.createHelp().boxWrap(note, helpWidth())];
    return [...wrapped, "", "Examples:", ...examples.map((line) => `  ${line}`)].join("\n");
  };
}
