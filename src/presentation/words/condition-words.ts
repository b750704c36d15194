import type { Condition } from "../../model/explain/explanation.ts";
import { formatTime } from "./number-format.ts";

/** A value that is shown; longer ones are cut. */
const LONGEST_VALUE = 80;

/** A condition in words: `accept-language: de*`, `?currency=EUR`, `limit > 100`, `response $.type = "premium"`. */
export function conditionWords({ source, name, test, value }: Omit<Condition, "words">): string {
  if (source === "time") return `${test === "above" ? "since" : "before"} ${formatTime(Number(value))}`;
  const shown = oneLine(name);
  if (test === "absent") return `no ${SUBJECTS[source](shown)}`;
  if (test === "present") return `any ${SUBJECTS[source](shown)}`;
  if (test === "above") return `${SUBJECTS[source](shown)} > ${valueWords(value)}`;
  if (test === "at-most") return `${SUBJECTS[source](shown)} ≤ ${valueWords(value)}`;
  const spelled = SPELLINGS[source](shown, test === "prefix" ? `${valueWords(value)}*` : valueWords(value), value);
  return test === "not-equals" ? `not ${spelled}` : spelled;
}

type Source = Exclude<Condition["source"], "time">;

/** The attribute, without a value. */
const SUBJECTS: Readonly<Record<Source, (name: string) => string>> = {
  header: (name) => `header ${name}`,
  query: (name) => `?${name}`,
  path: (name) => `path {${name}}`,
  cookie: (name) => `cookie ${name}`,
  claim: (name) => `claim ${name}`,
  "request-body": (name) => `request ${name}`,
  "response-body": (name) => `response ${name}`,
  request: (name) => `request ${words(name)}`,
  response: (name) => `response ${words(name)}`,
  client: (name) => words(name),
  address: (name) => `${name} address`,
};

/** The attribute with a value or the beginning of one. */
const SPELLINGS: Readonly<Record<Source, (name: string, shown: string, value: Condition["value"]) => string>> = {
  header: (name, shown) => `${name}: ${shown}`,
  query: (name, shown) => `?${name}=${shown}`,
  path: (name, shown) => `path {${name}} = ${shown}`,
  cookie: (name, shown) => `cookie ${name}=${shown}`,
  claim: (name, shown) => `claim ${name}=${shown}`,
  "request-body": (name, shown, value) => `request ${name} = ${quoted(shown, value)}`,
  "response-body": (name, shown, value) => `response ${name} = ${quoted(shown, value)}`,
  request: (name, shown) => `request ${words(name)} ${shown}`,
  response: (name, shown) => `response ${words(name)} ${shown}`,
  client: (name, shown) => `${words(name)} ${shown}`,
  address: (name, shown) => `${name} at ${shown}`,
};

/** `media-type` → `media type` */
function words(name: string): string {
  return name.replaceAll("-", " ");
}

/** JSON distinguishes `"1"` from 1. */
function quoted(shown: string, value: Condition["value"]): string {
  return typeof value === "string" ? `"${shown}"` : shown;
}

function valueWords(value: Condition["value"]): string {
  return value === "" ? "(empty)" : oneLine(String(value));
}

/** Without characters that could break a line or a terminal, and not longer than is shown. */
function oneLine(text: string): string {
  const visible = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "\uFFFD");
  return visible.length > LONGEST_VALUE ? `${visible.slice(0, LONGEST_VALUE)}…` : visible;
}
