import { describe, expect, it } from "vitest";
import { RequestParser } from "../../../src/http/http1/request-parser.ts";

const LONGEST = 16 * 1024;
const POST = "POST / HTTP/1.1\r\nHost: h\r\n";
const withLength = (length: number | string): string => `${POST}Content-Length: ${length}\r\n\r\n`;

/** @returns the bodies that were taken, the pieces that were read, and how many bytes the parser used */
function takeFrom(text: string) {
  const taken: (string | undefined)[] = [];
  const read: string[] = [];
  const parser = new RequestParser(
    {
      head() {
        taken.push(parser.takeWholeBody()?.toString("latin1"));
        expect(parser.takeWholeBody()).toBeNull();
        return true;
      },
      body: (piece) => void read.push(piece.toString("latin1")),
      end: () => {},
      refuse: () => {},
    },
    LONGEST,
  );
  const bytes = Buffer.from(text, "latin1");
  let at = parser.read(bytes, 0);
  expect(parser.takeWholeBody()).toBeNull();
  const afterHead = at;
  at = parser.read(bytes, at);
  return { taken, read, afterHead, used: at };
}

describe("a body can be taken with its head", () => {
  it("when all of it has arrived: nothing of it is read then, and not what follows it", () => {
    const text = `${withLength(3)}abc`;
    const end = text.length;
    expect(takeFrom(`${text}GET`)).toEqual({ taken: ["abc"], read: [], afterHead: end, used: end });
  });

  it("up to 16 KiB", () => {
    const [long, longer] = ["x".repeat(LONGEST), "x".repeat(LONGEST + 1)];
    expect(takeFrom(withLength(long.length) + long)).toMatchObject({ taken: [long], read: [] });
    expect(takeFrom(withLength(longer.length) + longer)).toMatchObject({ taken: [undefined], read: [longer] });
  });

  it.each([
    ["a byte is missing", `${withLength(4)}abc`, ["abc"]],
    ["it is chunked", `${POST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`, ["abc"]],
    ["there is none", `${POST}\r\n`, []],
    ["it is empty", withLength(0), []],
  ])("not if %s", (_name, text, read) => {
    expect(takeFrom(text)).toMatchObject({ taken: [undefined], read });
  });
});
