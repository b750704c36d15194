import {
  array,
  assert,
  boolean,
  constantFrom,
  double,
  nat,
  option,
  property,
  record,
  string,
  tuple,
  uint8Array,
  type Arbitrary,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { BatchSlab, createSlabPool } from "../../src/transfer/batch-slab.ts";
import { ExchangePacker, unpackExchanges } from "../../src/transfer/packed-exchanges.ts";
import type { CaptureBatch } from "../../src/model/batch.ts";
import type {
  Capture,
  ClientProtocol,
  Exchange,
  MirroredCapture,
  ProtocolQuirk,
  RawHeaders,
  TransportFailureKind,
} from "../../src/model/capture.ts";

const ROUNDS = 500;
/** Few, so that exchanges share them, with values that are prone to encoding errors. */
const text = constantFrom("", "a", "A", "-1", "ä€", "\n", "\u0000", "\ud800", "__proto__", "x".repeat(3_000));
const ms = double({ min: 0, max: 1e9, noNaN: true });
const kinds = constantFrom<TransportFailureKind>("refused", "tls", "reset", "timeout", "endless", "internal");

const fields: Arbitrary<RawHeaders> = array(tuple(text, text), { maxLength: 5 }).map((pairs) => pairs.flat());

const body = record({ bytes: uint8Array({ maxLength: 300 }), length: nat(), tailHash: option(text) });
const undefinable = { nil: undefined };

const capture: Arbitrary<Capture> = record({
  subset: text,
  failure: option(
    record({ kind: kinds, detail: text, address: constantFrom("http://a:1") }, { requiredKeys: ["kind", "detail"] }),
  ),
  status: nat(999),
  headers: fields,
  trailers: fields,
  interims: fields,
  quirks: array(constantFrom<ProtocolQuirk>("bare-lf", "folded-line"), { maxLength: 2 }),
  body,
  timing: record({ connectMs: option(ms), firstByteMs: option(ms), totalMs: ms }),
  trace: option(record({ id: text, isSampled: option(boolean()) }), undefinable),
  address: option(text, undefinable),
});
const shadow: Arbitrary<MirroredCapture & { readonly sharesHead: boolean }> = record({
  capture,
  identical: boolean(),
  sameBody: boolean(),
  level: nat(15),
  sharesHead: boolean(),
});

const exchange: Arbitrary<Exchange> = record({
  id: string(),
  at: nat(),
  backToBack: boolean(),
  route: text,
  method: text,
  target: string(),
  headers: fields,
  protocol: option(constantFrom<ClientProtocol>("HTTP/1.0", "HTTP/1.1", "HTTP/2"), undefinable),
  requestBody: option(body, undefinable),
  claims: option(array(text, { minLength: 1, maxLength: 4 }), undefinable),
  controlLimit: option(double({ min: 0, max: 1, noNaN: true }), undefinable),
  primary: capture,
  secondary: option(shadow),
  candidates: array(shadow, { maxLength: 3 }),
}).map((one) => {
  const { headers, trailers, interims, quirks } = one.primary;
  const shared = ({ sharesHead, ...rest }: MirroredCapture & { sharesHead: boolean }): MirroredCapture =>
    sharesHead ? { ...rest, capture: { ...rest.capture, headers, trailers, interims, quirks } } : rest;
  return {
    ...one,
    secondary: one.secondary === null ? null : shared(one.secondary),
    candidates: one.candidates.map(shared),
  };
});

/** Packs exchanges and transfers them as in a message to another thread. */
function packed(
  writer: ExchangePacker,
  slab: BatchSlab,
  exchanges: readonly Exchange[],
): Pick<CaptureBatch, "exchanges" | "slab"> {
  for (const one of exchanges) writer.add(one);
  return structuredClone({ exchanges: writer.take(), slab: slab.take() });
}

function unpacked({ exchanges, slab }: Pick<CaptureBatch, "exchanges" | "slab">): Exchange[] {
  return exchanges === null ? [] : [...unpackExchanges(exchanges, slab)];
}

const shadowsOf = ({ secondary, candidates }: Exchange): MirroredCapture[] =>
  secondary === null ? [...candidates] : [...candidates, secondary];

/** The captures that share the list of header fields with the primary. */
const sharing = (one: Exchange): boolean[] =>
  shadowsOf(one).map(({ capture }) => capture.headers === one.primary.headers);

describe("packed exchanges", () => {
  it("are unpacked as they were packed, for several batches of one packer, after a message to another thread", () => {
    const pool = createSlabPool();
    const slab = new BatchSlab(pool);
    const writer = new ExchangePacker((bytes) => {
      slab.reserve(bytes.length);
      return slab.append(bytes);
    });
    assert(
      property(array(exchange, { maxLength: 20 }), (written) => {
        const sent = packed(writer, slab, written);
        expect(unpacked(sent)).toEqual(written);
        expect([writer.length, slab.used]).toEqual([0, 0]);
        // The reused memory must not show its previous content.
        if (sent.slab !== null) pool.release(Buffer.from(sent.slab));
      }),
      { numRuns: ROUNDS },
    );
  });

  it("share a list of fields with the primary exactly if they did so before", () => {
    const slab = new BatchSlab(createSlabPool());
    const writer = new ExchangePacker((bytes) => {
      slab.reserve(bytes.length);
      return slab.append(bytes);
    });
    assert(
      property(exchange, (written) => {
        const [read] = unpacked(packed(writer, slab, [written]));
        expect(read === undefined ? undefined : sharing(read)).toEqual(sharing(written));
      }),
      { numRuns: ROUNDS },
    );
  });
});
