import { describe, expect, it } from "vitest";
import type { RawHeaders } from "../../../src/model/capture.ts";
import { ResponseParser, type ResponseSink } from "../../../src/http/http1/response-parser.ts";
import { seeded } from "../../lib/seeded.ts";
import { type Outcome, type ResponseCase, RESPONSES } from "./response-corpus.ts";

const RANDOM_SPLITS = 20;
const LONGEST_PIECE = 40;

type Told = { -readonly [Key in keyof Outcome]: Outcome[Key] };

/** What a parser tells of a response that arrives in these pieces. */
function read({ bytes, isHead = false, maySwitch = false, ends = false }: ResponseCase, sizes: () => number): Outcome {
  const told: Told = { told: "open" };
  const sink: ResponseSink = {
    head(status: number, reason: string, fields: RawHeaders) {
      Object.assign(told, { status, reason, fields, body: "" });
    },
    body(piece) {
      told.body += piece.toString("latin1");
    },
    end(trailers) {
      Object.assign(told, { told: "ended", trailers, reusable: parser.reusable, extra: 0 });
    },
    switched(reason, fields) {
      Object.assign(told, { told: "switched", reason, fields, extra: 0 });
    },
    broken(detail) {
      Object.assign(told, { told: "broken", detail });
    },
  };
  const parser = new ResponseParser(sink);
  parser.begin(isHead, maySwitch);
  // One buffer for all pieces, as a connection has it: nothing may be kept in it.
  const whole = Buffer.from(bytes, "latin1");
  const buffer = Buffer.alloc(whole.length);
  for (let at = 0, size = 0; at < whole.length; at += size) {
    size = Math.min(sizes(), whole.length - at);
    buffer.fill(0xaa);
    whole.copy(buffer, 0, at, at + size);
    const used = parser.read(buffer, size);
    if (told.told === "open" && used < size) throw new Error("bytes of an answer that goes on were not read");
    if (told.told === "ended" || told.told === "switched") told.extra = (told.extra ?? 0) + size - used;
  }
  if (ends && told.told === "open" && !parser.finish()) told.told = "cut";
  return told;
}

/** Of a broken answer only the reason counts: what came before it may have been told already. */
function matcherOf(expected: Outcome): unknown {
  if (expected.told !== "broken") return expected;
  return { told: "broken", detail: expect.stringContaining(expected.detail ?? "") };
}

describe("a response", () => {
  it.each(RESPONSES)("$name", (response) => {
    expect(read(response, () => Infinity)).toMatchObject(matcherOf(response.expected) as object);
  });

  it.each(RESPONSES)("byte by byte is the same: $name", (response) => {
    expect(read(response, () => 1)).toEqual(read(response, () => Infinity));
  });

  it.each(RESPONSES)("in pieces of any size is the same: $name", (response) => {
    const whole = read(response, () => Infinity);
    const random = seeded(response.bytes.length);
    for (let split = 0; split < RANDOM_SPLITS; split += 1) {
      expect(read(response, () => 1 + Math.floor(random() * LONGEST_PIECE))).toEqual(whole);
    }
  });

  it("of random bytes in the place of one byte is read the same in one piece and byte by byte", () => {
    const random = seeded(7);
    const short = RESPONSES.filter(({ bytes }) => bytes.length < 200);
    const counts: Record<string, number> = {};
    for (let round = 0; round < 5_000; round += 1) {
      const original = short[Math.floor(random() * short.length)] as ResponseCase;
      const at = Math.floor(random() * original.bytes.length);
      const byte = String.fromCharCode(Math.floor(random() * 256));
      const response = { ...original, bytes: original.bytes.slice(0, at) + byte + original.bytes.slice(at + 1) };
      const told = read(response, () => Infinity);
      expect([response.bytes, read(response, () => 1)]).toEqual([response.bytes, told]);
      counts[told.told] = (counts[told.told] ?? 0) + 1;
    }
    // The mutations reach every way to end.
    expect(Object.keys(counts).toSorted()).toEqual(["broken", "cut", "ended", "open", "switched"]);
  });

  it("says why it is broken without a byte of it", () => {
    for (const response of RESPONSES) {
      const { detail = "" } = read({ ...response, bytes: response.bytes.replaceAll("X", "canary") }, () => Infinity);
      expect(detail).not.toContain("canary");
    }
  });

  it("gives no more than one piece of body for each read, however small its chunks", () => {
    const pieces: string[] = [];
    const parser = new ResponseParser({
      head() {},
      body: (piece) => void pieces.push(piece.toString()),
      end: (trailers) => void pieces.push(`end ${trailers.length}`),
      switched() {},
      broken() {},
    });
    parser.begin(false, false);
    const bytes = Buffer.from(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(9)}0\r\n\r\n`,
    );
    parser.read(bytes, bytes.length);
    expect(pieces).toEqual(["xxxxxxxxx", "end 0"]);
  });
});
