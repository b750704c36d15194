import { createProgress } from "../../src/transfer/batch-progress.ts";
import { BatchSlab, createSlabPool } from "../../src/transfer/batch-slab.ts";
import { ExchangePacker } from "../../src/transfer/packed-exchanges.ts";
import type { CaptureBatch } from "../../src/model/batch.ts";
import type { Capture, Exchange, MirroredCapture } from "../../src/model/capture.ts";
import type { CompareConfig } from "../../src/model/config.ts";

export const CONFIG: CompareConfig = {
  endpoints: [],
  maxEndpoints: 1_000,
  maxSegmentValues: 100,
  maxDifferenceSets: 1_000,
  samplesPerDifference: 2,
  maxDecodedBytes: 8 * 1024 * 1024,
  rules: [],
  descriptorSet: undefined,
  timeoutMs: 5_000,
  explain: { enabled: true, claims: [], ignoreHeaders: [] },
};
export const KEY = new Uint8Array(32).fill(7);

export function capture(body: string | Uint8Array, change: Partial<Capture> = {}): Capture {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return {
    subset: "v1",
    failure: null,
    status: 200,
    headers: ["Content-Type", "application/json"],
    trailers: [],
    interims: [],
    quirks: [],
    body: { bytes, length: bytes.length, tailHash: null },
    timing: { connectMs: null, firstByteMs: 1, totalMs: 2 },
    ...change,
  };
}

export function mirrored(body: string | Uint8Array, change: Partial<Capture> = {}): MirroredCapture {
  return { capture: capture(body, { subset: "v2", ...change }), identical: false, sameBody: false };
}

/** What the proxy sends for a response that equals the primary's. */
export function identical(subset = "v2", change: Partial<Capture> = {}): MirroredCapture {
  return { capture: capture("", { subset, headers: [], ...change }), identical: true, sameBody: true };
}

export function failed(kind: "refused" | "timeout" | "reset", subset = "v2"): MirroredCapture {
  return mirrored("", { subset, failure: { kind, detail: "no response" }, status: 0, headers: [] });
}

export function exchange(change: Partial<Exchange> = {}): Exchange {
  return {
    id: "e1",
    at: 120_000,
    backToBack: false,
    route: "default",
    method: "GET",
    target: "/users/123?x=1",
    headers: [],
    primary: capture("{}"),
    secondary: null,
    candidates: [],
    ...change,
  };
}

/** A batch as it arrives at a compare thread. */
export function batch(...exchanges: Exchange[]): CaptureBatch {
  const slab = new BatchSlab(createSlabPool());
  const writer = new ExchangePacker((bytes) => {
    slab.reserve(bytes.length);
    return slab.append(bytes);
  });
  for (const one of exchanges) writer.add(one);
  return {
    id: "b1",
    accounting: [],
    exchanges: writer.take(),
    identical: null,
    slab: slab.take(),
    progress: createProgress(),
    abandoned: [],
    isResent: false,
  };
}
