import type { Command, Option } from "commander";

/** A command of the program as completion needs it. */
export interface CommandNode {
  /** `/run/start`; empty for the program. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletedOption[];
  /** What its arguments are; undefined if it has none. */
  readonly argument: Values | undefined;
}

export interface CompletedOption {
  /** With dashes, the short one first. */
  readonly flags: readonly string[];
  readonly description: string;
  readonly isList: boolean;
  /** Undefined for a switch. */
  readonly values: Values | undefined;
}

export type Values =
  | { readonly type: "words"; readonly words: readonly string[] }
  | { readonly type: "file" }
  /** Such as a URL, which only the user knows. */
  | { readonly type: "unknown"; readonly name: string };

const FILES: ReadonlySet<string> = new Set(["file", "store"]);

/** The program and all its commands, parents first. @param siblings names of the commands of its parent */
export function commandTree(command: Command, path = "", siblings: readonly string[] = []): readonly CommandNode[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const names = commands.map((one) => one.name());
  const own: CommandNode = {
    path,
    commands: commands.map((one) => ({ name: one.name(), description: one.description() })),
    options: help.visibleOptions(command).map(completedOption),
    argument: argumentOf(command, siblings),
  };
  return [own, ...commands.flatMap((one) => commandTree(one, `${path}/${one.name()}`, names))];
}

function completedOption(option: Option): CompletedOption {
  const { short, long, description, argChoices, flags } = option;
  const isSwitch = !option.required && !option.optional;
  const [, placeholder = ""] = /[<[](.+)[>\]]/.exec(flags) ?? [];
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    isList: description.endsWith("may be repeated"),
    values: isSwitch ? undefined : valuesOf(argChoices, placeholder),
  };
}

/** `help` has the commands as its argument. */
function argumentOf(command: Command, siblings: readonly string[]): Values | undefined {
  const [argument] = command.registeredArguments;
  if (argument === undefined) return undefined;
  return valuesOf(command.name() === "help" ? siblings : argument.argChoices, argument.name());
}

function valuesOf(words: readonly string[] | undefined, name: string): Values {
  if (words !== undefined) return { type: "words", words };
  return FILES.has(name) ? { type: "file" } : { type: "unknown", name };
}
