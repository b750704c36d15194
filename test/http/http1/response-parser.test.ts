import { describe, expect, it } from "vitest";
import type { RawHeaders } from "../../../src/model/capture.ts";
import { readFraming } from "../../../src/http/http1/message-framing.ts";
import { ResponseParser, type ResponseSink } from "../../../src/http/http1/response-parser.ts";
import { seeded } from "../../lib/seeded.ts";
import { type ParseOutcome, type ResponseCase, RESPONSES } from "./response-corpus.ts";

const RANDOM_SPLITS = 20;
const LONGEST_PIECE = 40;
/** Longer responses are split less often. */
const LONG = 10_000;

type MutableOutcome = { -readonly [Key in keyof ParseOutcome]: ParseOutcome[Key] };

/** Parses a response that arrives in pieces of these sizes. */
function read(
  { bytes, isHead = false, canSwitch = false, ends = false }: ResponseCase,
  sizes: () => number,
): ParseOutcome {
  const outcome: MutableOutcome = { result: "open" };
  const sink: ResponseSink = {
    head(status: number, reason: string, fields: RawHeaders) {
      Object.assign(outcome, { status, reason, fields, body: "" });
    },
    body(piece) {
      outcome.body += piece.toString("latin1");
    },
    end(trailers) {
      Object.assign(outcome, { result: "ended", trailers, reusable: parser.isReusable, extra: 0 });
    },
    quirk: (quirk) => void (outcome.quirks = [...(outcome.quirks ?? []), quirk]),
    interim: () => {},
    switched(reason, fields) {
      Object.assign(outcome, { result: "switched", reason, fields, extra: 0 });
    },
    malformed(detail) {
      Object.assign(outcome, { result: "malformed", detail });
    },
  };
  const parser = new ResponseParser(sink);
  parser.begin(isHead, canSwitch);
  // All pieces share one buffer, as on a connection, so the parser must not keep references to it.
  const whole = Buffer.from(bytes, "latin1");
  const buffer = Buffer.alloc(whole.length);
  for (let at = 0, size = 0; at < whole.length; at += size) {
    buffer.fill(0xaa, 0, size);
    size = Math.min(sizes(), whole.length - at);
    whole.copy(buffer, 0, at, at + size);
    const used = parser.read(buffer, size);
    if (outcome.result === "open" && used < size) throw new Error("bytes of an unfinished response were not read");
    if (outcome.result === "ended" || outcome.result === "switched") outcome.extra = (outcome.extra ?? 0) + size - used;
  }
  if (ends && outcome.result === "open" && !parser.finish()) outcome.result = "cut";
  return outcome;
}

/** For a malformed response only the reason counts: the sink can have received a part of it before. */
function matcherOf(expected: ParseOutcome): unknown {
  if (expected.result !== "malformed") return expected;
  return { result: "malformed", detail: expect.stringContaining(expected.detail ?? "") };
}

/** Why the head that a parser has passed on would not be well-formed in another response. */
function problemOf({ fields = [], reason = "" }: ParseOutcome): string | null {
  for (let index = 0; index < fields.length; index += 2) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(fields[index] ?? "")) return "a name";
    if (/[\r\n\0]/.test(fields[index + 1] ?? "")) return "a value";
  }
  return /[\r\n\0]/.test(reason) ? "the reason" : readFraming("response", fields, false).problem;
}

/** The status codes of the interim responses that a parser passes on. */
function interims(pieces: readonly string[]): readonly number[] {
  const statuses: number[] = [];
  const parser = new ResponseParser({
    quirk() {},
    interim: (status) => void statuses.push(status),
    head() {},
    body() {},
    end() {},
    switched() {},
    malformed() {},
  });
  parser.begin(false, false);
  for (const piece of pieces) parser.read(Buffer.from(piece), piece.length);
  return statuses;
}

describe("ResponseParser", () => {
  it.each(RESPONSES)("reads $name", (response) => {
    expect(read(response, () => Infinity)).toMatchObject(matcherOf(response.expected) as object);
  });

  it.each(RESPONSES)("reads the same byte by byte: $name", (response) => {
    expect(read(response, () => 1)).toEqual(read(response, () => Infinity));
  });

  it.each(RESPONSES)("reads the same in pieces of any size: $name", (response) => {
    const whole = read(response, () => Infinity);
    const random = seeded(response.bytes.length);
    const splits = response.bytes.length > LONG ? 2 : RANDOM_SPLITS;
    for (let split = 0; split < splits; split += 1) {
      expect(read(response, () => 1 + Math.floor(random() * LONGEST_PIECE))).toEqual(whole);
    }
  });

  it("reads a response with a random byte the same in one piece and byte by byte", () => {
    const random = seeded(7);
    const short = RESPONSES.filter(({ bytes }) => bytes.length < 200);
    const counts: Record<string, number> = {};
    for (let round = 0; round < 5_000; round += 1) {
      const original = short[Math.floor(random() * short.length)] as ResponseCase;
      const at = Math.floor(random() * original.bytes.length);
      const byte = String.fromCharCode(Math.floor(random() * 256));
      const response = { ...original, bytes: original.bytes.slice(0, at) + byte + original.bytes.slice(at + 1) };
      const outcome = read(response, () => Infinity);
      expect([response.bytes, read(response, () => 1)]).toEqual([response.bytes, outcome]);
      counts[outcome.result] = (counts[outcome.result] ?? 0) + 1;
      expect([response.bytes, problemOf(outcome)]).toEqual([response.bytes, null]);
    }
    // The mutations reach every result.
    expect(Object.keys(counts).toSorted()).toEqual(["cut", "ended", "malformed", "open", "switched"]);
  });

  it("reports a malformed response without quoting it", () => {
    for (const response of RESPONSES) {
      const { detail = "" } = read({ ...response, bytes: response.bytes.replaceAll("X", "canary") }, () => Infinity);
      expect(detail).not.toContain("canary");
    }
  });

  it("passes interim responses up to 1 MiB and ignores more of them", () => {
    const interim = `HTTP/1.1 103 X\r\nX: ${"a".repeat(1_024 - 23)}\r\n\r\n`;
    expect(interims([interim.repeat(1_030)])).toHaveLength(1_024);
  });

  it("passes a 102 once for each read that does not bring the final response", () => {
    const processing = "HTTP/1.1 102 Processing\r\n\r\n";
    const final = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const pieces = [processing.repeat(3), processing, "HTTP/1.1 103 E\r\n\r\n", `${processing}${final}`];
    expect(interims(pieces)).toEqual([102, 102, 103]);
  });

  it("passes at most one piece of body per read, however small the chunks are", () => {
    const pieces: string[] = [];
    const parser = new ResponseParser({
      head() {},
      body: (piece) => void pieces.push(piece.toString()),
      end: (trailers) => void pieces.push(`end ${trailers.length}`),
      quirk() {},
      interim() {},
      switched() {},
      malformed() {},
    });
    parser.begin(false, false);
    const bytes = Buffer.from(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(9)}0\r\n\r\n`,
    );
    parser.read(bytes, bytes.length);
    expect(pieces).toEqual(["xxxxxxxxx", "end 0"]);
  });
});
