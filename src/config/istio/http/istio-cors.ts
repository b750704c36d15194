import type { CorsPolicy, StringMatch } from "../../../model/routing.ts";
import type { DocumentField } from "../../kubernetes/document-field.ts";
import { names } from "./istio-headers.ts";
import { duration, flag, text, texts } from "../../kubernetes/scalar-fields.ts";
import { stringMatch } from "./istio-string-match.ts";

const SECOND_MS = 1000;

/** Reads `corsPolicy`; `allowOrigin` is the list of exact origins of Istio before 1.4. */
export function corsPolicy(field: DocumentField | undefined): CorsPolicy | undefined {
  if (field === undefined) return undefined;
  field.remark("warning", {
    unmatchedPreflights: "ignored; a preflight from another origin goes to the primary",
  });
  const maxAge = duration(field.child("maxAge"));
  return {
    allowOrigins: [
      ...(field.child("allowOrigins")?.items().map(stringMatch) ?? []),
      ...(field.child("allowOrigin")?.items().flatMap(plainOrigin) ?? []),
    ],
    allowMethods: texts(field.child("allowMethods")),
    allowHeaders: names(field.child("allowHeaders")),
    exposeHeaders: names(field.child("exposeHeaders")),
    maxAgeSeconds: maxAge === undefined ? undefined : Math.floor(maxAge / SECOND_MS),
    allowCredentials: flag(field.child("allowCredentials")) ?? false,
  };
}

function plainOrigin(field: DocumentField): readonly StringMatch[] {
  const value = text(field);
  if (value === undefined) return [];
  return [value === "*" ? { type: "present" } : { type: "exact", value }];
}
