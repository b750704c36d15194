import type { Diagnostic } from "../../src/config/kubernetes/diagnostic.ts";

/** A diagnostic as golden cases write it: `warning 7:9 VirtualService/vs spec.http[0].mirror: message (allowed: …)`. */
export function lineOf({ severity, place, field, message, allowed }: Diagnostic): string {
  const where = [severity, place.replace("case.yaml:", ""), field].filter((part) => part !== "").join(" ");
  return `${where}: ${message}${allowed === "" ? "" : ` (allowed: ${allowed})`}`;
}
