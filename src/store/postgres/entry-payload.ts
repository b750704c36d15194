import { zstdCompressSync, zstdDecompressSync, constants } from "node:zlib";
import type { AccountingCount } from "../../model/accounting.ts";
import type { InSlot, PacingCount, ResultBatch } from "../../model/batch.ts";
import type {
  FailureCount,
  FeatureCount,
  OutcomeCount,
  RelationCount,
  StatusPairCount,
} from "../../model/difference.ts";
import type { LatencyCount } from "../../model/latency.ts";
import type { RuleHitCount } from "../../model/rule.ts";
import type { Sample, SampleBody, SampleLeg } from "../../model/sample.ts";
import { type PackedAttributes, packAttributes, unpackAttributes } from "./packed-attributes.ts";
import { type Columns, RowPacker, unpackRows } from "./packed-rows.ts";

/** What a replica appends to its log. Entries take effect in the order in which the replica has appended them. */
export type LogEntry =
  | { readonly kind: "counts"; readonly batches: readonly ResultBatch[] }
  /** See `StoreWriter.interrupt`. */
  | { readonly kind: "interrupt"; readonly proxyThread: string }
  /** The replica's requests in flight belong to another run from now on. */
  | { readonly kind: "carry-over"; readonly successorKey: number }
  /** See `StoreWriter.forget`. */
  | { readonly kind: "forget"; readonly minute: number; readonly requests: ReadonlyMap<string, number> };

/** The first byte of a payload. Replicas of two versions can write to one database while they are replaced. */
const FORMAT = 1;
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/**
 * Packs an entry: the number of the format, and JSON that is compressed with zstd.
 * @throws RangeError if a count is not an integer
 */
export function encodeEntry(entry: LogEntry): Buffer {
  const packer = new RowPacker();
  const content = JSON.stringify(contentOf(entry, packer));
  const text = `${JSON.stringify(packer.texts)}\n${content}`;
  return Buffer.concat([Uint8Array.of(FORMAT), zstdCompressSync(text, OPTIONS)]);
}

/** An entry that only a newer version can read. */
export class NewerEntryError extends Error {
  constructor(format: number | undefined) {
    super(`an entry of a replica has the format ${format}, which only a newer version of shadowdiff can read`);
  }
}

/** @throws Error if a newer version has written the entry */
export function decodeEntry(payload: Uint8Array): LogEntry {
  const format = payload[0];
  if (format !== FORMAT) throw new NewerEntryError(format);
  const text = zstdDecompressSync(payload.subarray(1)).toString();
  const end = text.indexOf("\n");
  return entryOf(JSON.parse(text.slice(end + 1)) as Content, JSON.parse(text.slice(0, end)) as string[]);
}

type Content =
  | { readonly kind: "counts"; readonly batches: readonly PackedBatch[] }
  | { readonly kind: "interrupt"; readonly proxyThread: string }
  | { readonly kind: "carry-over"; readonly successorKey: number }
  | { readonly kind: "forget"; readonly minute: number; readonly requests: readonly (readonly [string, number])[] };

function contentOf(entry: LogEntry, packer: RowPacker): Content {
  if (entry.kind === "counts")
    return { kind: "counts", batches: entry.batches.map((batch) => packBatch(batch, packer)) };
  return entry.kind === "forget" ? { ...entry, requests: [...entry.requests] } : entry;
}

function entryOf(content: Content, texts: readonly string[]): LogEntry {
  if (content.kind === "counts")
    return { kind: "counts", batches: content.batches.map((batch) => unpackBatch(batch, texts)) };
  return content.kind === "forget" ? { ...content, requests: new Map(content.requests) } : content;
}

const PLACE = [
  ["route", "text"],
  ["endpoint", "text"],
  ["candidate", "text"],
] as const;
const SLOT_PLACE = [["slot", "integer"], ...PLACE] as const;
const COUNT = ["count", "integer"] as const;

/** Without the route, which the store does not count. */
const ACCOUNTING: Columns<AccountingCount> = [
  ["minute", "integer"],
  ["candidate", "text"],
  ["fate", "text"],
  ["reason", "text"],
  COUNT,
];
const OUTCOMES: Columns<OutcomeCount> = [
  ...SLOT_PLACE,
  ["paired", "flag"],
  ["overflow", "flag"],
  ["fields", "fields"],
  COUNT,
  ["level", "level"],
  ["queries", "counts"],
];
const LATENCIES: Columns<LatencyCount> = [...SLOT_PLACE, ["series", "text"], ["bucket", "integer"], COUNT];
const RELATIONS: Columns<RelationCount> = [
  ...PLACE,
  ["section", "text"],
  ["path", "text"],
  ["kind", "text"],
  ["relation", "text"],
  COUNT,
];
const STATUSES: Columns<InSlot<StatusPairCount>> = [
  ...SLOT_PLACE,
  ["role", "text"],
  ["primary", "integer"],
  ["other", "integer"],
  COUNT,
  ["level", "level"],
];
const FAILURES: Columns<FailureCount> = [
  ...PLACE,
  ["role", "text"],
  ["kind", "text"],
  ["reason", "text"],
  ["address", "text"],
  COUNT,
];
const FEATURES: Columns<InSlot<FeatureCount>> = [
  ...SLOT_PLACE,
  ["section", "text"],
  ["path", "text"],
  ["feature", "text"],
  ["candidateOnly", "integer"],
  ["secondaryOnly", "integer"],
];
const PACING: Columns<PacingCount> = [...SLOT_PLACE, ["backToBack", "integer"]];
const RULE_HITS: Columns<RuleHitCount> = [...PLACE, ["rule", "text"], COUNT];

type PackedBatch = Omit<ReturnType<typeof packBatch>, "attributes"> & {
  readonly attributes?: readonly PackedAttributes[];
};

function packBatch(batch: ResultBatch, packer: RowPacker) {
  return {
    id: batch.id,
    accounting: packer.pack(batch.accounting, ACCOUNTING),
    outcomes: packer.pack(batch.outcomes, OUTCOMES),
    latencies: packer.pack(batch.latencies, LATENCIES),
    relations: packer.pack(batch.relations, RELATIONS),
    statuses: packer.pack(batch.statuses, STATUSES),
    failures: packer.pack(batch.failures, FAILURES),
    features: packer.pack(batch.features, FEATURES),
    pacing: packer.pack(batch.pacing, PACING),
    ruleHits: packer.pack(batch.ruleHits, RULE_HITS),
    samples: batch.samples.map((sample) => withBodies(sample, packBody)),
    slow: batch.slow,
    attributes: batch.attributes.map((record) => packAttributes(record, packer)),
  };
}

function unpackBatch(packed: PackedBatch, texts: readonly string[]): ResultBatch {
  return {
    id: packed.id,
    accounting: unpackRows(packed.accounting, ACCOUNTING, texts),
    outcomes: unpackRows(packed.outcomes, OUTCOMES, texts),
    latencies: unpackRows(packed.latencies, LATENCIES, texts),
    relations: unpackRows(packed.relations, RELATIONS, texts),
    statuses: unpackRows(packed.statuses, STATUSES, texts),
    failures: unpackRows(packed.failures, FAILURES, texts),
    features: unpackRows(packed.features, FEATURES, texts),
    pacing: unpackRows(packed.pacing, PACING, texts),
    ruleHits: unpackRows(packed.ruleHits, RULE_HITS, texts),
    samples: packed.samples.map((sample) => withBodies(sample, unpackBody)),
    slow: packed.slow,
    // An earlier version keeps none.
    attributes: (packed.attributes ?? []).map((row) => unpackAttributes(row, texts)),
  };
}

type PackedBody = Omit<SampleBody, "content"> & { readonly content: string };
type WithBody<Body> = Omit<SampleLeg, "body"> & { readonly body: Body };
type WithBodies<Body> = Omit<Sample, "legs"> & {
  readonly legs: {
    readonly primary: WithBody<Body>;
    readonly candidate: WithBody<Body>;
    readonly secondary: WithBody<Body> | null;
  };
};

function withBodies<From, To>(sample: WithBodies<From>, convert: (body: From) => To): WithBodies<To> {
  const leg = (from: WithBody<From>): WithBody<To> => ({ ...from, body: convert(from.body) });
  const { primary, candidate, secondary } = sample.legs;
  const legs = { primary: leg(primary), candidate: leg(candidate), secondary: secondary && leg(secondary) };
  return { ...sample, legs };
}

function packBody({ content, ...body }: SampleBody): PackedBody {
  return { ...body, content: Buffer.from(content).toString("base64") };
}

function unpackBody({ content, ...body }: PackedBody): SampleBody {
  return { ...body, content: new Uint8Array(Buffer.from(content, "base64")) };
}
