import type { UpstreamTls } from "../../model/routing.ts";
import { nearest } from "../values/suggest.ts";
import type { SubsetTarget } from "./address-book.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import { isHost, namesOf } from "./istio-hosts.ts";
import type { Metadata } from "../kubernetes/kubernetes-documents.ts";
import { text } from "../kubernetes/scalar-fields.ts";
import { NO_POLICY, trafficPolicy, type TrafficPolicy, type UnreadableFile } from "./traffic-policy.ts";

interface NamedSubset {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly policy: TrafficPolicy;
  readonly field: DocumentField;
}

interface HostRule {
  readonly policy: TrafficPolicy;
  readonly subsets: readonly NamedSubset[];
  readonly target: Omit<SubsetTarget, "subset" | "port">;
}

/** The settings of DestinationRules by host. */
export class SubsetsByHost {
  readonly #rules = new Map<string, HostRule>();
  readonly #unreadable: UnreadableFile;

  /** @param unreadable severity of a file that cannot be read */
  constructor(unreadable: UnreadableFile) {
    this.#unreadable = unreadable;
  }

  /** Reads a DestinationRule of networking.istio.io. A second one for the same host adds its subsets. */
  add(spec: DocumentField, metadata: Metadata): void {
    spec.remark("note", { exportTo: "shadowdiff has no namespaces" });
    spec.remark("warning", { workloadSelector: "applies to shadowdiff, regardless of the selector" });
    const hostField = spec.child("host") ?? spec.child("name");
    const host = text(hostField);
    const policy = trafficPolicy(spec.child("trafficPolicy"), this.#unreadable);
    const subsets =
      spec
        .child("subsets")
        ?.items()
        .flatMap((one) => namedSubset(one, this.#unreadable)) ?? [];
    if (host === undefined || hostField === undefined) {
      spec.error("missing: host");
      return;
    }
    if (!isHost(host)) hostField.error(`${JSON.stringify(host)} is not a valid host`);
    if (host.includes("*")) {
      hostField.warn("a rule for several hosts is not supported; write one per host");
      return;
    }
    if (hostField.name === "name") hostField.warn("a deprecated spelling; write host");
    const [key] = namesOf(host, metadata.namespace);
    const first = this.#rules.get(key);
    if (first !== undefined) hostField.warn(`${host} already has a DestinationRule; the subsets of both apply`);
    const all = [...(first?.subsets ?? []), ...subsets];
    const target = { host, namespace: metadata.namespace };
    this.#rules.set(key, { policy: first?.policy ?? policy, subsets: all, target });
  }

  /** All subsets of all hosts, including those that no route uses. */
  get targets(): readonly { readonly target: SubsetTarget; readonly field: DocumentField }[] {
    return [...this.#rules.values()].flatMap(({ subsets, target }) =>
      subsets.map(({ name, field }) => ({ target: { ...target, subset: name, port: undefined }, field })),
    );
  }

  /** Reports a subset that no DestinationRule defines. A mesh responds with 503. */
  checkSubset(target: SubsetTarget, field: DocumentField): void {
    if (target.subset === undefined) return;
    const rule = this.#ruleOf(target);
    if (rule === undefined) {
      field.note(
        `no DestinationRule defines subset ${target.subset} of ${target.host}; shadowdiff only needs its address`,
      );
      return;
    }
    const names = rule.subsets.map(({ name }) => name);
    if (names.includes(target.subset)) return;
    const meant = nearest(target.subset, names);
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    field.warn(`the DestinationRule of ${target.host} has no subset ${target.subset}: a mesh responds with 503${hint}`);
  }

  /** Finds the subset with exactly these labels. */
  nameByLabels(target: SubsetTarget, labels: ReadonlyMap<string, string>): string | undefined {
    const same = (other: ReadonlyMap<string, string>): boolean =>
      other.size === labels.size && [...labels].every(([key, value]) => other.get(key) === value);
    return this.#ruleOf(target)?.subsets.find((subset) => same(subset.labels))?.name;
  }

  /** The limits of a candidate: those of the subset, otherwise of the host. */
  limitsOf(target: SubsetTarget): Pick<TrafficPolicy, "maxInFlight" | "breaker"> {
    const [own, host] = this.#policiesOf(target);
    return { maxInFlight: own.maxInFlight ?? host.maxInFlight, breaker: own.breaker ?? host.breaker };
  }

  /** The TLS settings of a target: those of the subset, otherwise of the host. */
  tlsOf(target: SubsetTarget): UpstreamTls | undefined {
    const [own, host] = this.#policiesOf(target);
    const tls = own.tls ?? host.tls;
    return tls === "off" ? undefined : tls;
  }

  #policiesOf(target: SubsetTarget): readonly [own: TrafficPolicy, host: TrafficPolicy] {
    const rule = this.#ruleOf(target);
    const own = rule?.subsets.find(({ name }) => name === target.subset)?.policy;
    return [own ?? NO_POLICY, rule?.policy ?? NO_POLICY];
  }

  #ruleOf({ host, namespace }: SubsetTarget): HostRule | undefined {
    return this.#rules.get(namesOf(host, namespace)[0]);
  }
}

function namedSubset(field: DocumentField, unreadable: UnreadableFile): readonly NamedSubset[] {
  const name = text(field.child("name"));
  const labels = labelsOf(field.child("labels"));
  const policy = trafficPolicy(field.child("trafficPolicy"), unreadable);
  if (name === undefined) field.error("missing: name");
  return name === undefined ? [] : [{ name, labels, policy, field }];
}

/** Labels select pods. Outside a cluster addresses do, but RouteRules still refer to subsets by labels. */
export function labelsOf(field: DocumentField | undefined): ReadonlyMap<string, string> {
  return new Map(
    field?.entries().flatMap((entry) => {
      const value = text(entry);
      return value === undefined ? [] : [[entry.name, value] as const];
    }) ?? [],
  );
}
