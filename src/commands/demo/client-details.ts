/** Picks an integer in a closed range. */
export type PickNumber = (from: number, to: number) => number;

/** What one of the demo's clients adds to its requests. */
export interface ClientDetails {
  readonly headers: Readonly<Record<string, string>>;
  /** Begins with a question mark; the same parameters in every request, with values that vary. */
  readonly query: string;
}

const AGENTS = [
  "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
  "shop-android/7.4.1",
  "shop-ios/7.3.0",
  "curl/8.14.1",
] as const;
const LANGUAGES = [
  "en-US,en;q=0.9",
  "en-GB,en;q=0.8",
  "de-DE,de;q=0.9",
  "de-AT,de;q=0.8",
  "fr-FR,fr;q=0.9",
  "es-ES,es;q=0.9",
  "sv-SE,sv;q=0.9",
  "pl-PL,pl;q=0.9",
] as const;
const CURRENCIES = ["USD", "EUR", "GBP", "CHF", "SEK"] as const;
const UNITS = ["piece", "dozen", "box"] as const;
const SORTS = ["price", "name", "rating"] as const;
const THEMES = ["light", "dark"] as const;
const GROUPS = ["a", "b", "c", "d"] as const;
const REGIONS = ["eu-central", "eu-west", "us-east"] as const;
const CHANNELS = ["web", "app", "partner"] as const;
const LIMITS = [10, 20, 50, 100] as const;

/** A client's headers, cookies and query parameters, as services see them: most of them decide nothing. */
export function clientDetails(pick: PickNumber): ClientDetails {
  const one = <Value>(values: readonly [Value, ...Value[]]): Value => values[pick(0, values.length - 1)] ?? values[0];
  const query = new URLSearchParams({
    currency: one(CURRENCIES),
    quantity: String(pick(1, 12)),
    unit: one(UNITS),
    sort: one(SORTS),
    limit: String(one(LIMITS)),
    page: String(pick(1, 5)),
    channel: one(CHANNELS),
    stock: String(pick(0, 1)),
  });
  return {
    query: `?${query.toString()}`,
    headers: {
      accept: "application/json",
      "accept-language": one(LANGUAGES),
      "cache-control": "no-cache",
      cookie: `theme=${one(THEMES)}; group=${one(GROUPS)}; consent=${pick(0, 1) === 1 ? "all" : "needed"}`,
      dnt: String(pick(0, 1)),
      origin: "https://shop.example",
      pragma: "no-cache",
      priority: "u=1, i",
      referer: "https://shop.example/",
      "sec-fetch-dest": "empty",
      "sec-fetch-mode": "cors",
      "sec-fetch-site": "same-site",
      "user-agent": one(AGENTS),
      "x-api-version": `2026-0${pick(1, 9)}`,
      "x-channel": one(CHANNELS),
      "x-client-version": `7.${pick(0, 4)}.${pick(0, 9)}`,
      "x-device": pick(0, 1) === 1 ? "mobile" : "desktop",
      "x-region": one(REGIONS),
      "x-tenant": `tenant-${pick(1, 20)}`,
      "x-time-zone": `UTC+${pick(0, 3)}`,
    },
  };
}
