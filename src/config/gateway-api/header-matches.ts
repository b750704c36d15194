import type { NamedMatch } from "../../model/routing.ts";
import { checkName } from "../istio/http/istio-headers.ts";
import { checkedRegex } from "../istio/http/istio-string-match.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import { oneOf, text } from "../kubernetes/scalar-fields.ts";

/** Reads `headers` of a match. */
export function headerMatches(field: DocumentField | undefined): readonly NamedMatch[] {
  return firstOfEach(field, (name) => name.toLowerCase());
}

/** Reads `headers` or `queryParams` of a match. Only the first entry of a name applies. @param key what makes names equal */
export function firstOfEach(field: DocumentField | undefined, key: (name: string) => string): readonly NamedMatch[] {
  const seen = new Set<string>();
  return (
    field?.items().flatMap((item) => {
      const written = text(item.child("name"));
      const type = oneOf(item.child("type"), ["Exact", "RegularExpression"]) ?? "Exact";
      const valueField = item.child("value");
      const value = text(valueField) ?? "";
      if (written === undefined) item.error("missing: name");
      if (written === undefined) return [];
      checkName(written, item);
      const name = key(written);
      if (seen.has(name)) {
        item.warn(`${name} is already matched above; only the first entry of a name applies`);
        return [];
      }
      seen.add(name);
      const source = type === "Exact" || valueField === undefined ? value : checkedRegex(value, valueField);
      return [{ name, match: type === "Exact" ? { type: "exact", value } : { type: "regex", source } }];
    }) ?? []
  );
}
