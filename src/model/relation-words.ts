import type { Relation } from "./difference.ts";

/** What explains a difference, for a person: in titles of causes, in reports and on the dashboard. */
export const RELATION_WORDS: Readonly<Record<Relation, string>> = {
  "number-as-string": "the same number as a string",
  "null-or-missing": "null or missing",
  "null-or-empty": "null or empty",
  "same-instant": "the same time in another form",
  "time-shift": "times apart by the same amount",
  rounding: "a number that is rounded",
  "letter-case": "upper or lower case",
  "unicode-normalisation": "the same text in another Unicode form",
  whitespace: "white space",
  "times-100": "a hundred times as much or as little",
  "both-uuids": "another UUID",
  "both-times": "another time",
  "both-random": "another random token",
};
