import type { Destination } from "../../model/routing.ts";
import { ISTIO_MAX_WEIGHT } from "../defaults.ts";
import type { AddressBook, SubsetTarget } from "./address-book.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import { headerChanges } from "./http/istio-headers.ts";
import { isHost } from "./istio-hosts.ts";
import { number, port, text } from "../kubernetes/scalar-fields.ts";
import type { SubsetsByHost } from "./destination-rule.ts";
import { formatShare } from "../../presentation/number-format.ts";

const WHOLE = 100;

/** What targets are looked up in. */
export interface Directory {
  readonly book: AddressBook;
  readonly rules: SubsetsByHost;
}

/** `destination` or `mirror`: host, subset and port. `name` for `host` is the spelling of the first v1alpha3. */
export function target(field: DocumentField, namespace: string | undefined): SubsetTarget | undefined {
  const host = field.child("host");
  if (!field.isMapping) return undefined;
  const name = field.child("name");
  if (host !== undefined && name !== undefined) field.error("host and name are spellings of the same field; keep host");
  else name?.warn("an old spelling; write host");
  const written = text(host ?? name);
  const portField = field.child("port");
  portField?.remark("warning", { name: "port names are not supported; write number" });
  const rest = { namespace, subset: text(field.child("subset")), port: port(portField?.child("number")) };
  if (written === undefined) field.error("missing: host");
  else if (isHost(written) && !written.includes("*")) return { host: written, ...rest };
  else (host ?? name)?.error(`${JSON.stringify(written)} is not a valid host`);
  return undefined;
}

/** `route` of a VirtualService: where requests go, and with which weights. */
export function destinations(
  field: DocumentField,
  namespace: string | undefined,
  directory: Directory,
): readonly Destination[] {
  const all = field.items().flatMap((item) => {
    const place = item.child("destination");
    if (place === undefined) reportNoDestination(item);
    const weight = number(item.child("weight"), { min: 0, max: ISTIO_MAX_WEIGHT });
    const found = place && target(place, namespace);
    if (place === undefined || found === undefined) return [];
    return [{ item, place, target: found, weight }];
  });
  const weights = all.map(({ weight }) => weight);
  if (!checkWeights(field, weights)) return [];
  // A weight of 0 is never chosen, so that it needs no address either.
  const chosen = all.length === 1 ? all : all.filter(({ weight }) => (weight ?? 0) > 0);
  return chosen.map(({ item, place, target: found, weight }) => {
    const changes = headerChanges(item);
    if (changes.authority !== undefined) {
      item.warn("Host can only be changed for a whole route; ignored, write rewrite.authority there");
    }
    directory.rules.checkSubset(found, place);
    return {
      subset: directory.book.subsetAt(found, place),
      weight: all.length === 1 ? WHOLE : (weight ?? 0),
      requestHeaders: changes.request,
      responseHeaders: changes.response,
    };
  });
}

/** A line too far to the left is the usual reason. */
function reportNoDestination(item: DocumentField): void {
  const beside = ["host", "subset", "port"].filter((name) => item.child(name)?.skip() !== undefined);
  if (beside.length === 0) return item.error("missing: destination");
  const subject = `${beside.join(" and ")} ${beside.length === 1 ? "belongs" : "belong"}`;
  item.error(`${subject} below destination; indent it further`);
}

/** @returns whether somebody gets requests; what is unusual about the weights is said at the list */
export function checkWeights(field: DocumentField, weights: readonly (number | undefined)[]): boolean {
  const sum = weights.reduce<number>((total, weight) => total + (weight ?? 0), 0);
  const [only] = weights;
  if (weights.length === 1) {
    if (only !== undefined && only !== WHOLE) {
      field.warn(`the only destination receives all requests, not ${only} %; write weight: 100, or remove it`);
    }
    return true;
  }
  if (weights.length > 1 && sum === 0) {
    field.error("all weights are 0; at least one must be greater");
    return false;
  }
  if (weights.length > 1 && sum !== WHOLE) {
    const shares = weights.map((weight) => formatShare((weight ?? 0) / sum)).join(", ");
    field.warn(`the weights add up to ${sum}, not 100; the shares are ${shares}`);
  }
  return weights.length > 0;
}
