import { Argument, Command } from "commander";
import { EXIT_OK } from "../exit-codes.ts";
import type { CommandIo, SetExitCode } from "../terminal/command-io.ts";
import { examplesHelp } from "../terminal/help-text.ts";
import { bashScript } from "./bash-script.ts";
import { commandTree } from "./command-tree.ts";
import { fishScript } from "./fish-script.ts";
import { zshScript } from "./zsh-script.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

type Shell = keyof typeof SCRIPTS;

const NOTE = `Load the script in the file that your shell reads at its start: ~/.bashrc, ~/.zshrc (after compinit) or ~/.config/fish/config.fish.`;
const EXAMPLES = [
  "source <(shadowdiff completion bash)",
  "source <(shadowdiff completion zsh)",
  "shadowdiff completion fish | source",
];

export function completionCommand(io: CommandIo, setExitCode: SetExitCode): Command {
  return new Command("completion")
    .description("print a script with which a shell completes commands, options and values")
    .addArgument(new Argument("<shell>", "shell that reads the script").choices(Object.keys(SCRIPTS)))
    .addHelpText("after", examplesHelp(EXAMPLES, NOTE))
    .action((shell: Shell, _options: unknown, { parent }: Command) => {
      if (parent === null) throw new Error("the completion command is not part of a program");
      io.out(SCRIPTS[shell](commandTree(parent)));
      setExitCode(EXIT_OK);
    });
}
