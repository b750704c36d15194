import { type Command, InvalidArgumentError, Option } from "commander";
import type { Flag } from "../../config/options/flags.ts";
import type { JsonSchema } from "../../config/values/value-type.ts";
import { listOption } from "./shared-options.ts";

/** Of the sections that `GROUPS` leaves out. */
const OTHER_SECTIONS = "others";
/** The groups of flags in the order of the help text, by the section of the document. */
const GROUPS: ReadonlyMap<unknown, string> = new Map([
  [undefined, "Versions of the service:"],
  ["istio", "Versions of the service:"],
  ["routes", "Mirroring:"],
  ["tap", "Mirroring:"],
  [OTHER_SECTIONS, "Addresses, store and run:"],
  ["gate", "Verdict:"],
  ["contract", "Verdict:"],
  ["explain", "Explanations:"],
  ["requests", "Limits:"],
  ["upstream", "Limits:"],
  ["capture", "Limits:"],
  ["compare", "Limits:"],
  ["threads", "Limits:"],
  ["isolate", "Isolation of causes:"],
  ["metrics", "Metrics:"],
]);

/** Adds options of the configuration to a command, in groups. */
export function addConfigFlags(command: Command, flags: readonly Flag[]): void {
  const headings = [...new Set(GROUPS.values())];
  const options = flags.map(createOption);
  for (const heading of headings) {
    for (const option of options) if (option.helpGroupHeading === heading) command.addOption(option);
  }
}

function createOption({ flag, path, list, isSwitch = false, type, help, defaultText }: Flag): Option {
  // With spaces, so that the help can wrap it.
  const shown = list ? defaultText?.replaceAll(",", ", ") : defaultText;
  const description = shown === undefined ? help : `${help} (default: ${shown})`;
  const text = list ? `${description}; may be repeated` : description;
  const usage = isSwitch ? flag : `${flag} <${type.placeholder}>`;
  const option = list ? listOption(usage, text) : new Option(usage, text);
  if (isSwitch) option.preset("true");
  else if (!list) option.argParser(onlyOnce);
  // Only for help and completion: the configuration checks the values of all sources.
  const words = wordsOf(type.json);
  if (words !== undefined && !isSwitch) option.argChoices = [...words];
  return option.helpGroup(GROUPS.get(path?.[0]) ?? GROUPS.get(OTHER_SECTIONS) ?? "");
}

/** Otherwise a second URL of the primary would silently replace the first. */
function onlyOnce(value: string, previous: string | undefined): string {
  if (previous !== undefined) throw new InvalidArgumentError(`It can be given only once, and is ${previous} already.`);
  return value;
}

/** The values of a type with few of them; the type of a repeated flag is that of the list. */
function wordsOf(json: JsonSchema): readonly string[] | undefined {
  const { enum: words, items } = json;
  if (Array.isArray(words)) {
    const names = words as readonly string[];
    // Some types ignore case, and name both spellings.
    return names.filter((word) => word === word.toLowerCase() || !names.includes(word.toLowerCase()));
  }
  return typeof items === "object" && items !== null ? wordsOf(items as JsonSchema) : undefined;
}
