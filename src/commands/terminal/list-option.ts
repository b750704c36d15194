import { Option } from "commander";

/** A flag that may be repeated; its value is the list in the order given, undefined when it was not given. */
export function listOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: readonly string[] | undefined) => [
    ...(before ?? []),
    value,
  ]);
}
