import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { found, tree } from "../bodies.ts";
import { bytes, double, frame, number, registry } from "./protobuf-messages.ts";

const PROTOBUF = "application/x-protobuf";
const GRPC = "application/grpc+proto";
const join = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
const ORDER = { type: `${PROTOBUF}; messageType="shop.Order"`, registry: registry() };
const CALL = { type: GRPC, target: "/shop.Orders/Get", registry: registry() };

describe("a message without a descriptor", () => {
  it.each([
    ["a number", number(1, 300), { f1: [300] }],
    [
      "the largest number",
      number(1, 2n ** 64n - 1n),
      { f1: [{ canonical: "18446744073709551615e0", source: "18446744073709551615" }] },
    ],
    ["a text", bytes(2, "hällo"), { f2: ["hällo"] }],
    ["a message", bytes(3, join(number(1, 5), bytes(2, "ab"))), { f3: [{ f1: [5], f2: ["ab"] }] }],
    ["repeated fields", join(number(1, 1), number(1, 2)), { f1: [1, 2] }],
    ["a fixed number", Buffer.from([0x0d, 1, 0, 0, 0]), { f1: [{ fixed32: 1 }] }],
    ["a group", Buffer.from([0x0b, 0x10, 0x07, 0x0c]), { f1: [{ group: { f2: [7] } }] }],
    [
      "other bytes",
      bytes(1, Buffer.from([0xff, 0xff])),
      { f1: [{ bytes: 2, sha256: expect.stringMatching(/^\w{64}$/) as string }] },
    ],
  ])("becomes lists of values by field number: %s", (_, message, expected) => {
    expect(tree(message, PROTOBUF)).toEqual(expected);
  });

  it("differs where its fields differ", () => {
    const order = (price: number): Buffer => join(number(1, 7), bytes(3, join(number(4, 1), number(5, price))));
    expect(found(order(10), order(11), PROTOBUF)).toEqual(["value $.f3[*].f5[*]: 10 → 11"]);
    expect(found(join(number(1, 1), number(2, 2)), join(number(2, 2), number(1, 1)), PROTOBUF)).toEqual([]);
  });

  it.each([
    ["is truncated", bytes(1, "abc").subarray(0, -1)],
    ["has the field 0", Buffer.from([0x00, 0x01])],
    ["has an unknown wire type", Buffer.from([0x0f])],
    ["ends a group that was not started", Buffer.from([0x0c])],
    ["has a number of more than 64 bits", Buffer.from([0x08, ...Array<number>(9).fill(0xff), 0x7f])],
  ])("is invalid when it %s", (_, message) => {
    expect(tree(message, PROTOBUF)).toBe("binary");
    const [line] = found(message, number(1, 1), PROTOBUF);
    expect(line).toMatch(/^parse \$: not valid Protocol Buffers: \d+ bytes, SHA-256 \w{12}… → Protocol Buffers$/);
  });

  it("stops at thousands of levels and a million groups", () => {
    let message: Buffer = Buffer.from([0x08, 0x01]);
    for (let level = 0; level < 5_000; level += 1) message = bytes(1, message);
    expect(tree(message, PROTOBUF)).toMatchObject({ f1: [{}] });
    const groups = Buffer.concat([Buffer.alloc(1_000_000, 0x0b), Buffer.alloc(1_000_000, 0x0c)]);
    expect(tree(groups, PROTOBUF)).toBe("too many values to compare");
  });

  it("reports too many fields as not compared", () => {
    expect(tree(Buffer.alloc(4_000_000, Buffer.from([0x08, 0x01])), PROTOBUF)).toBe("too many values to compare");
  });
});

describe("a message with a descriptor", () => {
  const item = join(bytes(1, "cup"), double(2, 9.5));
  it("becomes its fields by name", () => {
    const at = bytes(6, number(1, 1_700_000_000));
    const order = join(number(1, 2n ** 63n), number(2, 1), bytes(3, item), bytes(5, "\u0000"), at, number(8, 3));
    expect(tree(order, ORDER)).toEqual({
      id: { canonical: "9223372036854775808e0", source: "9223372036854775808" },
      state: "PAID",
      items: [{ name: "cup", price: 9.5 }],
      blob: { bytes: 1, sha256: expect.stringMatching(/^6e340b9cffb3/) as string },
      at: "2023-11-14T22:13:20Z",
      offset: -2,
    });
  });

  it("differs where its fields differ, also in unknown fields", () => {
    expect(found(bytes(3, item), bytes(3, bytes(1, "cup")), ORDER)).toEqual(["missing $.items[*].price: 9.5 → null"]);
    expect(found(join(number(1, 1), number(99, 1)), join(number(1, 1), number(99, 2)), ORDER)).toEqual([
      "value $['$unknown'].f99[*]: 1 → 2".replace("['$unknown']", ".$unknown"),
    ]);
  });

  it("ignores the encoding of a field", () => {
    expect(found(number(2, 0), join(number(8, 0), number(2, 0)), ORDER)).toEqual([]);
  });

  it("is invalid when it is not of this type", () => {
    const [line] = found(bytes(3, Buffer.from([0xff])), bytes(3, item), ORDER);
    expect(line).toMatch(/^parse \$: not valid Protocol Buffers/);
  });

  it("is reported as invalid when it is deeper than the library allows", () => {
    let order = number(1, 1);
    for (let level = 0; level < 1_000; level += 1) order = bytes(7, order);
    expect(tree(order, ORDER)).toBe("binary");
  });

  it("is invalid when a text is not valid UTF-8", () => {
    expect(tree(bytes(4, Buffer.from([0xff])), ORDER)).toBe("binary");
  });

  it("finds the descriptor by the parameter or the path of the request", () => {
    expect(tree(number(1, 5), { ...ORDER, type: `${PROTOBUF}; proto=shop.Order` })).toEqual({ id: 5 });
    expect(tree(number(1, 5), { ...ORDER, type: PROTOBUF, target: "/twirp/shop.Orders/Get?x=1" })).toEqual({ id: 5 });
    expect(tree(number(1, 5), { ...ORDER, type: PROTOBUF })).toEqual({ f1: [5] });
    expect(tree(number(1, 5), { ...ORDER, type: `${PROTOBUF}; messageType=shop.Nothing` })).toEqual({ f1: [5] });
  });
});

const jsonFrame = (byte: number): Buffer => frame(Buffer.from([0x22, byte, 0x22]));

describe("gRPC", () => {
  it("becomes an array of messages", () => {
    expect(tree(join(frame(number(1, 5)), frame(number(1, 6))), CALL)).toEqual([{ id: 5 }, { id: 6 }]);
    expect(tree(frame(number(1, 5)), GRPC)).toEqual([{ f1: [5] }]);
    expect(tree(frame(Buffer.from('{"a":1}')), "application/grpc+json")).toEqual([{ a: 1 }]);
  });

  it("decompresses each message with the coding of the response", () => {
    const order = join(number(1, 5), number(2, 1));
    const both = join(frame(gzipSync(order), 1), frame(order));
    expect(tree(both, { ...CALL, grpcEncoding: "gzip" })).toEqual([
      { id: 5, state: "PAID" },
      { id: 5, state: "PAID" },
    ]);
    expect(found(frame(gzipSync(order), 1), frame(order), { ...CALL, grpcEncoding: "gzip" })).toEqual([]);
    expect(tree(both, CALL)).toBe("binary");
    expect(tree(both, { ...CALL, grpcEncoding: "snappy" })).toBe("binary");
  });

  it("stops a decompression bomb at the limit for all messages", () => {
    const bomb = frame(gzipSync(Buffer.alloc(600_000)), 1);
    const parts = { ...CALL, grpcEncoding: "gzip", maxBytes: 1_000_000 };
    expect(tree(join(bomb, bomb), parts)).toBe("binary");
    const texts = frame(gzipSync(bytes(4, "a".repeat(600_000))), 1);
    expect(tree(join(texts, texts), parts)).toBe("messages too large to compare");
  });

  it.each([
    ["a truncated frame", frame(number(1, 5)).subarray(0, -1)],
    ["a truncated frame header", Buffer.from([0, 0, 0])],
    ["unknown flags", frame(number(1, 5), 0x40)],
    ["an invalid message", frame(Buffer.from([0xff]))],
  ])("is not parsed with %s", (_, body) => {
    const [line] = found(body, frame(number(1, 5)), CALL);
    expect(line).toMatch(/^parse \$: not valid gRPC: \d+ bytes, SHA-256 \w{12}… → gRPC$/);
  });

  it("as JSON, bytes that are not UTF-8 make different messages", () => {
    expect(found(jsonFrame(0xff), jsonFrame(0xfe), "application/grpc+json")).toHaveLength(1);
    expect(found(jsonFrame(0xff), jsonFrame(0xff), "application/grpc+json")).toEqual([]);
  });

  it("gRPC-Web has its trailers in the body", () => {
    const body = join(frame(number(1, 5)), frame(Buffer.from("grpc-status: 0\r\ngrpc-message: ok\r\n"), 0x80));
    expect(tree(body, { ...CALL, type: "application/grpc-web+proto" })).toEqual([
      { id: 5 },
      { $trailers: { "grpc-status": "0", "grpc-message": "ok" } },
    ]);
  });

  it("gRPC-Web can be base64, in pieces", () => {
    const trailers = frame(Buffer.from("grpc-status:5\r\ngrpc-message:caf%C3%A9\r\n"), 0x80);
    const encoded = [frame(number(1, 5)), trailers].map((bytes) => Buffer.from(bytes).toString("base64"));
    const type = { ...CALL, type: "application/grpc-web-text+proto" };
    expect(encoded[0]).toMatch(/=$/);
    expect(tree(encoded.join(""), type)).toEqual([
      { id: 5 },
      { $trailers: { "grpc-status": "5", "grpc-message": "café" } },
    ]);
    expect(found(encoded.join(""), "!", type)).toEqual([
      expect.stringMatching(/^parse \$: gRPC → not valid gRPC: 1 bytes, /),
    ]);
  });
});
