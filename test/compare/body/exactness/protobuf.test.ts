import { deflateSync, gzipSync, gunzipSync, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { frame } from "../parsers/protobuf-messages.ts";
import { comparePairs, type ExactFormat } from "./exact-pairs.ts";
import type { Random } from "./random.ts";
import { canonicalMessage, changedMessage, randomMessage, writeMessage, type Field } from "./random-message.ts";

const MESSAGE: ExactFormat<readonly Field[]> = {
  create: randomMessage,
  change: (fields, random) => changedMessage(fields, random),
  write: (fields, random) => ({ type: "application/x-protobuf", content: writeMessage(fields, random) }),
  canonical: ({ content }) => canonicalMessage(content as Buffer),
};

describe("Protocol Buffers without a descriptor", () => {
  it("match exactly if the reader of protobufjs finds the same values and wire types", async () => {
    const { pairs, equal, different } = await comparePairs(MESSAGE, 8);
    expect(pairs).toBe(21_000);
    expect(equal).toBeGreaterThan(0.2);
    expect(different).toBeGreaterThan(0.2);
  });
});

interface Call {
  readonly type: "application/grpc" | "application/grpc-web+proto";
  readonly messages: readonly (readonly Field[])[];
  /** Of gRPC-Web, in the body. */
  readonly trailers: readonly string[] | undefined;
}

const TRAILERS = [
  "grpc-status: 0",
  "grpc-status: 2",
  "grpc-message: a",
  "grpc-message: \xe9",
  "x: 1",
  "x: 2",
  "no field",
  ":",
  "1: 2",
] as const;

const trailer = (random: Random): string => random.pick(TRAILERS);
const compress = { gzip: gzipSync, deflate: deflateSync } as const;
const decompress = { gzip: gunzipSync, deflate: inflateSync } as const;

const GRPC: ExactFormat<Call> = {
  create: (random) => {
    const isWeb = random.chance(0.5);
    return {
      type: isWeb ? "application/grpc-web+proto" : "application/grpc",
      messages: random.list(3, () => randomMessage(random, 1), 1),
      trailers: isWeb ? random.list(3, () => trailer(random), 1) : undefined,
    };
  },
  change: (call, random) => {
    if (call.trailers !== undefined && random.chance(0.5)) {
      const trailers = random.changed(
        call.trailers,
        () => trailer(random),
        () => trailer(random),
      );
      return { ...call, trailers };
    }
    const change = (message: readonly Field[]): readonly Field[] => changedMessage(message, random, 1);
    return { ...call, messages: random.changed(call.messages, () => randomMessage(random, 1), change) };
  },
  write: ({ type, messages, trailers }, random) => {
    const grpcEncoding = random.pick(["gzip", "deflate"] as const);
    const framed = (bytes: Buffer, flags: number): Buffer =>
      random.chance(0.2) ? frame(compress[grpcEncoding](bytes), flags | 1) : frame(bytes, flags);
    const frames = messages.map((fields) => framed(writeMessage(fields, random), 0));
    if (trailers !== undefined) {
      const lines = random.reordered(trailers, nameOf).map((line) => `${respelled(line, random)}\r\n`);
      frames.push(framed(Buffer.from(lines.join(""), "latin1"), 0x80));
    }
    return { type, grpcEncoding, content: Buffer.concat(frames) };
  },
  canonical: ({ content, grpcEncoding }) => {
    const all: string[] = [];
    for (let rest = content as Buffer; rest.length > 0; rest = rest.subarray(5 + rest.readUInt32BE(1))) {
      const flags = rest.readUInt8(0);
      const body = rest.subarray(5, 5 + rest.readUInt32BE(1));
      const bytes = (flags & 1) === 0 ? body : decompress[grpcEncoding as "gzip"](body);
      all.push((flags & 0x80) === 0 ? canonicalMessage(bytes) : canonicalTrailers(bytes.toString("latin1")));
    }
    return all.join("\n");
  },
};

const respelled = (line: string, random: Random): string =>
  /^[a-z-]+: /.test(line) && random.chance(0.3) ? line.replace(": ", ":").replace(/^g/, "G") : line;

/** Lines that are no field have an order, and no name. */
function nameOf(line: string): string {
  return /^[a-z][\w-]*(?=:)/i.exec(line)?.[0].toLowerCase() ?? "";
}

function canonicalTrailers(text: string): string {
  const lines = text.split("\r\n").slice(0, -1);
  const fields = lines.map((line) => ({
    name: nameOf(line),
    text: nameOf(line) === "" ? line : line.replace(/^[^:]*:\s*/, ""),
  }));
  return JSON.stringify(fields.toSorted((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1)));
}

describe("gRPC and gRPC-Web", () => {
  it("match exactly if their frames hold the same messages and trailers, compressed or not", async () => {
    const { pairs, equal, different } = await comparePairs(GRPC, 9);
    expect(pairs).toBe(21_000);
    expect(equal).toBeGreaterThan(0.2);
    expect(different).toBeGreaterThan(0.2);
  });
});
