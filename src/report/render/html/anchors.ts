import { createHash } from "node:crypto";
import { endpointKey } from "../../../presentation/order/endpoint-order.ts";

/** Characters of an id that a person reads. */
const MAX_READABLE = 60;
const HASH_DIGITS = 8;

/** The id of a cause in an HTML report, the same in every run: `report.html#cause-…` opens it. */
export function causeAnchor(signature: string): string {
  return anchor("cause", signature);
}

/** The id of an endpoint: `report.html#endpoint-GET-users-id-…` opens it. */
export function endpointAnchor(endpoint: { readonly route: string; readonly endpoint: string }): string {
  return anchor("endpoint", endpointKey(endpoint), endpoint.endpoint);
}

/** The id of a sample. */
export function sampleAnchor(id: string): string {
  return anchor("sample", id);
}

/** @param name makes it unique @param readable part of the id */
function anchor(kind: string, name: string, readable = name): string {
  const plain = readable.replaceAll(/[^\w]+/g, "-").replaceAll(/^-|-$/g, "");
  if (plain === name && plain.length <= MAX_READABLE) return `${kind}-${plain}`;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, HASH_DIGITS);
  return `${kind}-${plain.slice(0, MAX_READABLE)}-${hash}`;
}
