import { InvalidArgumentError, type Option } from "commander";
import { listOption } from "../terminal/shared-options.ts";

/** The regressions of the new version, by the names that `--without` accepts. */
export const PLANTED = {
  "wrong-factors": "GET /factor/{id}: some squares of primes are reported as primes",
  "renamed-field": "GET /gcd/{id}/{id}: the field gcd is renamed to divisor",
  "lost-header": "GET /primes/{id}: the header Cache-Control is missing",
  "wrong-status": "GET /roots/{id}: 200 instead of 404 for numbers without an integer root",
  "number-as-text": "GET /products/{id}/{id}: the product is a string",
  "rounded-share": "GET /shares/{id}/{id}: share and percent have fewer decimals",
  "wrong-zone": "GET /days/{id}: the day begins an hour early",
  "lost-order": "GET /divisors/{id}: the divisors are no longer sorted",
  "slow-cubes": "GET /cubes/{id}: 2 s slower",
} as const satisfies Readonly<Record<string, string>>;

export type PlantedName = keyof typeof PLANTED;

export const PLANTED_NAMES = Object.keys(PLANTED) as readonly PlantedName[];

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
