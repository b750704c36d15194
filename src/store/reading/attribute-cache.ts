import { LRUCache } from "lru-cache";
import type { AttributeStratum } from "../../model/explain/attribute.ts";
import type { EndpointFolder } from "../folding/endpoint-folder.ts";
import { sumStrata } from "../folding/sum-strata.ts";
import { AttributeUnpacker } from "../packing/attribute-records.ts";
import type { EndpointRow } from "../packing/decoded-rows-cache.ts";
import type { EndpointName, PerEndpoint } from "../store.ts";
import type { RunAndCandidate } from "./block-cache.ts";

/** Records in memory; one takes about 1 KB. */
const MAX_RECORDS = 50_000;

/** The name of a stored stratum, and what can change. */
export interface StratumVersion {
  readonly endpointKey: number;
  readonly number: number;
  readonly stratum: string;
  readonly below: number;
  readonly version: number;
}

/** A stored record; `stratum` is the number of its stratum. */
export interface StoredRecord {
  readonly endpointKey: number;
  readonly stratum: number;
  readonly draw: number;
  readonly id: string;
  readonly at: number;
  readonly content: string;
}

/** What is read of strata that have changed. */
export interface ChangedAttributes {
  /** By stratum, draw and id. */
  readonly records: readonly StoredRecord[];
  /** In order. */
  readonly templates: readonly { readonly endpointKey: number; readonly content: string }[];
}

type Strata = readonly AttributeStratum[];

interface CachedStratum {
  readonly version: number;
  readonly stratum: AttributeStratum;
}

interface CachedEndpoint {
  readonly endpoint: EndpointRow;
  readonly strata: ReadonlyMap<number, CachedStratum>;
  readonly decoded: PerEndpoint<Strata>;
}

/** A read of the attributes of a candidate, on one snapshot of the store. */
export interface AttributeRead {
  /** The strata whose records must be read, with the templates of their endpoints. */
  readonly changed: readonly StratumVersion[];
  finish(read: ChangedAttributes): readonly PerEndpoint<Strata>[];
}

interface ReadAttributes {
  readonly run: RunAndCandidate;
  /** In the order of routes and names. */
  readonly endpoints: readonly EndpointRow[];
  /** Of these endpoints. */
  readonly strata: readonly StratumVersion[];
  readonly folder: EndpointFolder;
}

/** Decodes kept attributes. Only strata that have changed since the last read are read and decoded again. */
export class AttributeCache {
  readonly #endpoints = new LRUCache<string, CachedEndpoint>({
    maxSize: MAX_RECORDS,
    sizeCalculation: ({ decoded }) => 1 + decoded.rows.reduce((sum, { records }) => sum + records.length, 0),
  });

  begin({ run, endpoints, strata, folder }: ReadAttributes): AttributeRead {
    const byEndpoint = Map.groupBy(strata, ({ endpointKey }) => endpointKey);
    const own = endpoints.flatMap((endpoint) => {
      const versions = byEndpoint.get(endpoint.key) ?? [];
      return versions.length === 0 ? [] : [{ endpoint, versions, known: this.#known(run, endpoint) }];
    });
    return {
      changed: own.flatMap(({ versions, known }) => versions.filter((version) => isChanged(known, version))),
      finish: (read) => {
        const changed = new ChangedRecords(read);
        const all = own.map(({ endpoint, versions, known }) => {
          if (known?.strata.size === versions.length && !versions.some((version) => isChanged(known, version)))
            return known.decoded;
          const decode = (version: StratumVersion): CachedStratum =>
            (isChanged(known, version) ? undefined : known?.strata.get(version.number)) ??
            changed.decode(endpoint, version);
          const decoded = new Map(versions.map((version) => [version.number, decode(version)]));
          return this.#remember(run, endpoint, decoded);
        });
        return folder.fold(JSON.stringify(["attributes", run.runId, run.candidate]), all, sumStrata);
      },
    };
  }

  #known(run: RunAndCandidate, endpoint: EndpointRow): CachedEndpoint | undefined {
    const known = this.#endpoints.get(nameOf(run, endpoint));
    const { route, endpoint: name } = known?.endpoint ?? {};
    return route === endpoint.route && name === endpoint.endpoint ? known : undefined;
  }

  #remember(
    run: RunAndCandidate,
    endpoint: EndpointRow,
    strata: ReadonlyMap<number, CachedStratum>,
  ): PerEndpoint<Strata> {
    const rows = Array.from(strata.values(), ({ stratum }) => stratum).toSorted((one, other) =>
      one.stratum < other.stratum ? -1 : 1,
    );
    const decoded = { route: endpoint.route, endpoint: endpoint.endpoint, rows };
    this.#endpoints.set(nameOf(run, endpoint), { endpoint, strata, decoded });
    return decoded;
  }
}

function isChanged(known: CachedEndpoint | undefined, { number, version }: StratumVersion): boolean {
  return known?.strata.get(number)?.version !== version;
}

/** Those of `endpoints` that are reported under a name. */
export function endpointsNamed(
  endpoints: readonly EndpointRow[],
  folder: EndpointFolder,
  name: EndpointName,
): readonly EndpointRow[] {
  const reported = folder.nameOf(name);
  return endpoints.filter((each) => each.route === name.route && folder.nameOf(each) === reported);
}

class ChangedRecords {
  readonly #records: ReadonlyMap<string, readonly StoredRecord[]>;
  readonly #templates: ReadonlyMap<number, ChangedAttributes["templates"]>;
  readonly #unpackers = new Map<number, AttributeUnpacker>();

  constructor({ records, templates }: ChangedAttributes) {
    this.#records = Map.groupBy(records, ({ endpointKey, stratum }) => `${endpointKey} ${stratum}`);
    this.#templates = Map.groupBy(templates, ({ endpointKey }) => endpointKey);
  }

  decode({ key, route, endpoint, candidate }: EndpointRow, { number, stratum, below, version }: StratumVersion) {
    const unpacker = this.#unpackerOf(key);
    const records = (this.#records.get(`${key} ${number}`) ?? []).map(({ draw, id, at, content }) => {
      return { id, at, route, endpoint, candidate, draw, limit: below, ...unpacker.unpack(content) };
    });
    return { version, stratum: { stratum, limit: below, records } };
  }

  #unpackerOf(endpointKey: number): AttributeUnpacker {
    const known = this.#unpackers.get(endpointKey);
    if (known !== undefined) return known;
    const own = this.#templates.get(endpointKey) ?? [];
    const unpacker = new AttributeUnpacker(own.map(({ content }) => content));
    this.#unpackers.set(endpointKey, unpacker);
    return unpacker;
  }
}

function nameOf({ runId, candidate }: RunAndCandidate, { key }: EndpointRow): string {
  return JSON.stringify([runId, candidate, key]);
}
