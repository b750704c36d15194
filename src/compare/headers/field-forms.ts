import { securityPolicy } from "./security-policy.ts";
import {
  alternatives,
  cacheDirectives,
  caseSensitiveSet,
  challenges,
  codingList,
  contentRange,
  disposition,
  httpDate,
  jsonObjects,
  keyword,
  links,
  mediaType,
  parameterizedList,
  percentText,
  semicolonDirectives,
  serverTiming,
  structured,
  tokenList,
  tokenSet,
  url,
  valueSet,
  wholeNumber,
  type Form,
} from "./value-forms.ts";

/** What the values of standard fields mean. Every other field is text. docs/bodies.md lists them for users. */
const FORMS: readonly (readonly [form: Form, names: string])[] = [
  [mediaType, "content-type"],
  [
    tokenSet,
    "vary accept-ranges accept-ch critical-ch content-language access-control-allow-headers access-control-expose-headers x-robots-tag",
  ],
  [caseSensitiveSet, "allow access-control-allow-methods"],
  [valueSet, "clear-site-data timing-allow-origin"],
  [tokenList, "referrer-policy"],
  [codingList, "content-encoding"],
  [cacheDirectives, "cache-control pragma surrogate-control expect-ct"],
  [semicolonDirectives, "strict-transport-security x-xss-protection"],
  [securityPolicy, "content-security-policy content-security-policy-report-only"],
  [links, "link"],
  [challenges, "www-authenticate"],
  [disposition, "content-disposition"],
  [parameterizedList, "accept accept-post accept-patch accept-encoding accept-language sec-websocket-extensions"],
  [alternatives, "alt-svc"],
  [jsonObjects, "nel report-to"],
  [contentRange, "content-range"],
  [serverTiming, "server-timing"],
  [percentText, "grpc-message"],
  [httpDate, "last-modified sunset memento-datetime"],
  [url, "location content-location"],
  [wholeNumber, "content-length access-control-max-age"],
  [
    keyword,
    "x-frame-options x-content-type-options x-dns-prefetch-control x-download-options x-permitted-cross-domain-policies cross-origin-resource-policy content-transfer-encoding",
  ],
  [structured.item, "cross-origin-opener-policy cross-origin-embedder-policy origin-agent-cluster deprecation"],
  [structured.list, "cache-status"],
  [
    structured.dictionary,
    "priority permissions-policy document-policy reporting-endpoints cdn-cache-control content-digest repr-digest signature signature-input",
  ],
];

const FORM_BY_NAME: ReadonlyMap<string, Form> = new Map(
  FORMS.flatMap(([form, names]) => names.split(" ").map((name) => [name, form] as const)),
);

/**
 * The members of a field in one spelling, so that values with the same meaning are equal.
 * @param name in lower case
 * @param value the lines of the field, joined (RFC 9110 §5.3)
 * @returns undefined when the field has no known form, or the value is malformed
 */
export function canonicalMembers(name: string, value: string): readonly string[] | undefined {
  return FORM_BY_NAME.get(name)?.(value);
}
