/** The regressions of the new version, by the name under which each can be left out. */
export const PLANTED = {
  "wrong-factors": "GET /factor/{id}: some squares of primes pass for primes",
  "renamed-field": "GET /gcd/{id}/{id}: the field gcd is called divisor",
  "lost-header": "GET /primes/{id}: the header Cache-Control is gone",
  "wrong-status": "GET /roots/{id}: 200 instead of 404 for numbers without a whole root",
  "number-as-text": "GET /products/{id}/{id}: the product is a string",
  "rounded-share": "GET /shares/{id}/{id}: share and percent have fewer decimals",
  "wrong-zone": "GET /days/{id}: the day begins an hour too early",
  "lost-order": "GET /divisors/{id}: the divisors are no longer sorted",
  "slow-cubes": "GET /cubes/{id}: 30 ms slower",
} as const satisfies Readonly<Record<string, string>>;

export type PlantedName = keyof typeof PLANTED;

export const PLANTED_NAMES = Object.keys(PLANTED) as readonly PlantedName[];
