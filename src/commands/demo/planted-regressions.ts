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
  "rounded-euros": "GET /prices/{id}: only for ?currency=EUR, the price is rounded",
  "lost-german": "GET /names/{id}: only with Accept-Language: de, the name is English",
  "lost-interest": "GET /accounts/{id}: only premium accounts lack the field interest",
  "one-address": "GET /squares/{id}: only one of two addresses is off by one",
  "late-change": "GET /averages/{id}/{id}: only after some time, averages are rounded down",
  "random-loss": "GET /powers/{id}: one response in 50, at random, lacks the field power",
} as const satisfies Readonly<Record<string, string>>;

export type PlantedName = keyof typeof PLANTED;

export const PLANTED_NAMES = Object.keys(PLANTED) as readonly PlantedName[];
