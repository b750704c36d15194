import { describe, expect, it } from "vitest";
import { tree } from "./bodies.ts";
import { bytes, registry } from "./parsers/protobuf-messages.ts";

const TOO_MANY = "too many values to compare";
const [JSON_TYPE, XML, PROTOBUF] = ["application/json", "application/xml", "application/x-protobuf"];

function multipart(parts: number): string {
  return `${"--b\r\n\r\n1\r\n".repeat(parts)}--b--\r\n`;
}

/** Bodies of this many parts. Each part costs the same number of values. */
const FORMATS: readonly [string, number, string, (count: number) => string | Buffer][] = [
  ["numbers", 1, JSON_TYPE, (count) => `[${"1,".repeat(count)}1]`],
  ["arrays", 5, JSON_TYPE, (count) => `[${"[],".repeat(count)}1]`],
  ["exact numbers", 5, JSON_TYPE, (count) => `[${"1e400,".repeat(count)}1]`],
  ["levels", 4, JSON_TYPE, (count) => "[".repeat(count) + "]".repeat(count)],
  ["lines", 4, "application/x-ndjson", (count) => "1\n".repeat(count)],
  ["elements of XML", 10, XML, (count) => `<r>${"<a/>".repeat(count)}</r>`],
  ["comments of XML", 3, XML, (count) => `<r>${"<!---->".repeat(count)}</r>`],
  ["elements of HTML", 20, "text/html", (count) => "<p>".repeat(count)],
  ["words of HTML with a space", 2, "text/html", (count) => "a ".repeat(count)],
  ["rows of one cell", 8, "text/csv", (count) => "1\n".repeat(count)],
  ["cells", 2, "text/csv", (count) => ",".repeat(count)],
  ["fields of a form", 3, "application/x-www-form-urlencoded", (count) => "a=1&".repeat(count)],
  ["events", 11, "text/event-stream", (count) => "data:1\n\n".repeat(count)],
  ["parts", 30, "multipart/mixed; boundary=b", multipart],
  ["messages with one field", 16, PROTOBUF, (count) => Buffer.from("\x0a\x02\x08\x01".repeat(count))],
  ["frames", 10, "application/grpc", (count) => Buffer.alloc(5 * count)],
];

describe("a body", () => {
  it.each(FORMATS)("has a limit of 1,000,000 values: %s cost %d", (_, cost, type, body) => {
    const most = Math.floor(1_000_000 / cost);
    expect(tree(body(most - 30), type)).not.toBe(TOO_MANY);
    expect(tree(body(most + 30), type)).toBe(TOO_MANY);
  });

  it("has one limit for all its parts and lines", () => {
    const part = `--b\r\nContent-Type: application/json\r\n\r\n[${"1,".repeat(99_000)}1]\r\n`;
    expect(tree(`${part.repeat(10)}--b--\r\n`, "multipart/mixed; boundary=b")).not.toBe(TOO_MANY);
    expect(tree(`${part.repeat(11)}--b--\r\n`, "multipart/mixed; boundary=b")).toBe(TOO_MANY);
    const line = `[${"1,".repeat(99_000)}1]\n`;
    expect(tree(line.repeat(10), "application/x-ndjson")).not.toBe(TOO_MANY);
    expect(tree(line.repeat(11), "application/x-ndjson")).toBe(TOO_MANY);
  });

  it("costs the same with a descriptor, which the library would read without a limit", () => {
    const source = { type: `${PROTOBUF}; messageType="shop.Order"`, registry: registry() };
    // An element and a field each.
    const [fewer, more] = [76_000, 77_000].map((count) => Buffer.alloc(2 * count, bytes(3, ""))) as [Buffer, Buffer];
    expect(tree(fewer, source)).not.toBe(TOO_MANY);
    expect(tree(more, source)).toBe(TOO_MANY);
  });
});
