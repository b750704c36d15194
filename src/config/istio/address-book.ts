import type { Subset, UpstreamProtocol, UpstreamTls } from "../../model/routing.ts";
import { MAX_NAME_CHARS } from "../defaults.ts";
import { SUBSET_NAME } from "../values/addresses.ts";
import { withFileDigest } from "../referenced-files.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import { namesOf } from "./istio-hosts.ts";

/** A service and optionally its subset and port, as in a document. */
export interface SubsetTarget {
  readonly host: string;
  /** The namespace of the document, for short host names. */
  readonly namespace: string | undefined;
  readonly subset: string | undefined;
  readonly port: number | undefined;
  /** The protocol of its upstream; undefined for the default. */
  readonly protocol?: UpstreamProtocol | undefined;
}

/** The TLS settings that DestinationRules define for a target. */
export type TlsOf = (target: SubsetTarget) => UpstreamTls | undefined;

interface KnownSubset {
  readonly subset: Subset;
  readonly label: string;
}

/** Resolves targets to configured URLs, because there is no service discovery outside a mesh. */
export class AddressBook {
  readonly #addresses: ReadonlyMap<string, readonly string[]>;
  readonly #tlsOf: TlsOf;
  readonly #severity: "error" | "warning";
  readonly #used = new Set<string>();
  readonly #known = new Map<string, KnownSubset>();
  readonly #names = new Set<string>();
  readonly #ports = new Map<string, number>();
  readonly #missing = new Set<string>();

  /**
   * @param addresses by `host/subset` or `host`, each optionally with `:port`; any name of the host is accepted
   * @param severity severity of a target without an address
   */
  constructor(
    addresses: ReadonlyMap<string, readonly string[]>,
    tlsOf: TlsOf,
    severity: "error" | "warning" = "error",
  ) {
    this.#severity = severity;
    this.#addresses = new Map([...addresses].map(([key, urls]) => [normal(key), urls]));
    this.#tlsOf = tlsOf;
  }

  /** All resolved subsets by name. */
  get subsets(): Map<string, Subset> {
    return new Map([...this.#known.values()].map(({ subset }) => [subset.name, subset]));
  }

  /** Keys of addresses that no document uses. */
  get unused(): readonly string[] {
    return [...this.#addresses.keys()].filter((key) => !this.#used.has(key));
  }

  /** Targets without an address, by the key that an address would have. */
  get missing(): readonly string[] {
    return [...this.#missing];
  }

  /** Whether the target has an address. */
  has(target: SubsetTarget): boolean {
    return this.#keyOf(target) !== undefined;
  }

  /**
   * Resolves a target. A missing address is reported at the field, and the subset has no URL.
   * @param field the field with the target
   */
  subsetAt(target: SubsetTarget, field: DocumentField): Subset {
    const key = this.#keyOf(target);
    const label = labelOf(target);
    if (key !== undefined) this.#used.add(key);
    this.#comparePorts(key, target, field);
    const place = key ?? `?${namesOf(target.host, target.namespace)[0]}/${target.subset ?? ""}`;
    // A service can be called over both versions of HTTP: these are two subsets with one address.
    const { protocol } = target;
    const identity = protocol === undefined ? place : `${place} ${protocol}`;
    const known = this.#known.get(identity);
    if (known !== undefined) return known.subset;
    const urls = key === undefined ? [] : (this.#addresses.get(key) ?? []);
    if (key === undefined) {
      this.#missing.add(label);
      const message = `no address for ${label}; add --address ${label}=http://HOST:PORT`;
      if (this.#severity === "error") field.error(message);
      else field.warn(message);
    }
    const tls = this.#tlsOf(target);
    const common = { name: this.#nameOf(target), urls, tls: tls && withFileDigest(tls) };
    const subset: Subset = protocol === undefined ? common : { ...common, protocol };
    this.#compareSchemes(subset, label, field);
    this.#known.set(identity, { subset, label });
    return subset;
  }

  #keyOf({ host, namespace, subset, port }: SubsetTarget): string | undefined {
    const names = namesOf(host, namespace).map((name) => (subset === undefined ? name : `${name}/${subset}`));
    return [...names.map((name) => `${name}:${port ?? ""}`), ...names].find((key) => this.#addresses.has(key));
  }

  /** The name of the subset; if that is taken, prefixed with its host. */
  #nameOf({ host, namespace, subset, port }: SubsetTarget): string {
    const [full, , , short = host] = namesOf(host, namespace);
    const wanted = [subset ?? short, [short, subset], [short, subset, port], [full, subset, port]].map((parts) =>
      [parts]
        .flat()
        .filter((part) => part !== undefined)
        .join("."),
    );
    const free = wanted.map(asName).find((name) => !this.#names.has(name));
    const name = free ?? asName(`${this.#names.size}.${full}`);
    this.#names.add(name);
    return name;
  }

  #comparePorts(key: string | undefined, { port, subset, host }: SubsetTarget, field: DocumentField): void {
    if (key === undefined || port === undefined || /:\d+$/.test(key)) return;
    const first = this.#ports.get(key) ?? port;
    this.#ports.set(key, first);
    if (first === port) return;
    const label = labelOf({ host, subset });
    field.warn(
      `port ${port} and port ${first} of ${label} have the same address; if they differ, add --address ${label}:${port}=URL`,
    );
  }

  #compareSchemes({ urls, tls }: Subset, label: string, field: DocumentField): void {
    if (tls !== undefined && urls.some((url) => url.startsWith("http:"))) {
      field.warn(
        `a DestinationRule requires TLS for ${label}, but its address starts with http://; shadowdiff connects without TLS`,
      );
    }
  }
}

/** Converts the host of a key to lower case. */
function normal(key: string): string {
  const slash = key.indexOf("/");
  return slash === -1 ? key.toLowerCase() : key.slice(0, slash).toLowerCase() + key.slice(slash);
}

function labelOf({ host, subset }: Pick<SubsetTarget, "host" | "subset">): string {
  return subset === undefined ? host : `${host}/${subset}`;
}

/** Replaces characters that are not allowed in the name of a subset. */
function asName(text: string): string {
  const name = text.replaceAll(/[^\w.-]/g, "-").slice(0, MAX_NAME_CHARS);
  return SUBSET_NAME.test(name) ? name : `s${name}`.slice(0, MAX_NAME_CHARS);
}
