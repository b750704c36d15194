import { InvalidArgumentError, type Option } from "commander";
import { PLANTED_NAMES, type PlantedName } from "./planted-regressions.ts";
import { listOption } from "../terminal/shared-options.ts";

/** `--without NAME`: leaves a planted regression out of the new version. */
export function withoutOption(): Option {
  const option = listOption("--without <name>", "leave a regression out of the new version; may be repeated");
  const collect = option.parseArg;
  return option.argParser((value: string, before: readonly PlantedName[] | undefined) => {
    if (PLANTED_NAMES.some((name) => name === value)) return collect?.(value, before) as readonly PlantedName[];
    throw new InvalidArgumentError(`Allowed are ${PLANTED_NAMES.join(", ")}.`);
  });
}
