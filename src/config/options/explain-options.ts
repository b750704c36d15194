import { headerName } from "../values/http-texts.ts";
import { bool, listOf, textMatching, type Parsed, type ValueType } from "../values/value-type.ts";
import { option, repeated } from "./option.ts";

/** Names are not only words: `https://shop.example/plan`. */
const claimName = textMatching("claim", "the name of a claim without spaces and commas, like plan", /^[^\s,]{1,100}$/);
/** Names of header fields ignore case. */
const lowerCaseHeader: ValueType<string> = {
  ...headerName,
  placeholder: "header",
  parse(value): Parsed<string> {
    const parsed = headerName.parse(value);
    return "problem" in parsed ? parsed : { value: parsed.value.toLowerCase() };
  },
};

/** What is kept of compared exchanges to find what those with a difference have in common. */
export const EXPLAIN_OPTIONS = {
  enabled: option(bool, "true", {
    flag: "explain",
    help: "whether attributes of exchanges are kept, among them some without differences, to explain differences",
  }),
  claims: repeated(listOf(claimName), "", {
    flag: "explain-claim",
    help: "claim of a JSON Web Token, such as plan, that may explain differences; other claims are never read",
  }),
  ignoreHeaders: repeated(listOf(lowerCaseHeader), "", {
    flag: "explain-ignore-header",
    help: "request header that explains nothing, in addition to those that differ in every request, such as traceparent",
  }),
} as const;
