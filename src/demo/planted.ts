/** The regressions of the new version, by the name under which each can be left out. */
export const PLANTED = {
  "wrong-factors": "GET /factor/{id}: some squares of primes pass for primes",
  "renamed-field": "GET /gcd/{id}/{id}: the field gcd is called divisor",
  "lost-header": "GET /primes/{id}: the header Cache-Control is gone",
  "wrong-status": "GET /roots/{id}: 200 instead of 404 for numbers without a whole root",
} as const satisfies Readonly<Record<string, string>>;

export type PlantedName = keyof typeof PLANTED;

export const PLANTED_NAMES = Object.keys(PLANTED) as readonly PlantedName[];
