import { InvalidArgumentError, type Option } from "commander";
import { listOption } from "../terminal/shared-options.ts";
import { PLANTED_NAMES, type PlantedName } from "./planted-regressions.ts";

/** `--without NAME`: excludes a planted regression from the new version. */
export function withoutOption(): Option {
  const option = listOption("--without <name>", "exclude a planted regression from the new version; may be repeated");
  const collect = option.parseArg;
  // For help and completion; the parser checks each value of the list.
  option.argChoices = [...PLANTED_NAMES];
  return option.argParser((value: string, previous: readonly PlantedName[] | undefined) => {
    if (PLANTED_NAMES.some((name) => name === value)) return collect?.(value, previous) as readonly PlantedName[];
    throw new InvalidArgumentError(`Allowed: ${PLANTED_NAMES.join(", ")}.`);
  });
}
