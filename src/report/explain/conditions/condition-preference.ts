import type { Condition } from "../../../model/explain/explanation.ts";

/** What people can act on comes first: what a client sends, then what a response says, then how it travelled. */
const SOURCES: Readonly<Record<Condition["source"], number>> = {
  time: 0,
  query: 1,
  header: 2,
  cookie: 3,
  claim: 4,
  path: 5,
  "request-body": 6,
  address: 7,
  "response-body": 8,
  response: 9,
  request: 10,
  client: 11,
};

const TESTS: Readonly<Record<Condition["test"], number>> = {
  equals: 0,
  present: 1,
  absent: 2,
  above: 3,
  "at-most": 4,
  prefix: 5,
  "not-equals": 6,
};

/** Headers that follow from others, or that differ between clients for many reasons. */
const INCIDENTAL = new Set(["user-agent", "content-length", "host", "connection", "date", "via", "referer"]);
const INCIDENTAL_RANK = 12;

type Unnamed = Omit<Condition, "words">;

function rankOf({ source, name }: Unnamed): number {
  return source === "header" && INCIDENTAL.has(name) ? INCIDENTAL_RANK : SOURCES[source];
}

/** Orders conditions that say the same: below 0 if the first is the better name for it. */
export function comparePreference(one: Unnamed, other: Unnamed): number {
  return (
    rankOf(one) - rankOf(other) ||
    TESTS[one.test] - TESTS[other.test] ||
    textOf(one).length - textOf(other).length ||
    (textOf(one) < textOf(other) ? -1 : 1)
  );
}

function textOf({ name, value }: Unnamed): string {
  return `${name} ${String(value)}`;
}
