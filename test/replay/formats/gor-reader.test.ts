import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headerLines, readRecorded, readText } from "../read-recorded.ts";

const SEPARATOR = "\n🐵🙈🙉\n";
const CAPTURED = "1 d8041f907f0000012b7c6f2a 1439818823587396305 0\n";

/** Records as GoReplay writes them, with the separator at the end of each. */
function gor(...records: readonly string[]): string {
  return records.map((record) => record + SEPARATOR).join("");
}

describe("GorReader", () => {
  it("reads requests with their time and connection, and leaves out responses", async () => {
    const fields = "Host: shop.example\r\nContent-Length: 7\r\nConnection: close";
    const post = `${CAPTURED}POST /a?b HTTP/1.1\r\n${fields}\r\n\r\na\n🐵b`;
    const { requests, progress, format } = await readText(
      gor(
        post,
        "2 d8041f907f0000012b7c6f2a 1439818823590000000 2603695\nHTTP/1.1 200 OK\r\n\r\n",
        "1 932079936fa4306fc308d67588178d17d823647c 1439818823600000000\nGET / HTTP/1.0\r\n\r\n",
        "3 d8041f907f0000012b7c6f2a 1439818823590000000 2603695\nHTTP/1.1 200 OK\r\n\r\n",
      ),
    );
    expect(format).toBe("gor");
    expect(progress).toMatchObject({ read: 2, broken: 0, skipped: { response: 2 } });
    expect(requests).toMatchObject([
      { method: "POST", target: "/a?b", at: 1439818823587, lane: "d8041f907f000001", place: "stdin, record 1" },
      { method: "GET", target: "/", at: 1439818823600, lane: null, body: null, place: "stdin, record 3" },
    ]);
    expect(requests.map(headerLines)).toEqual([["Host: shop.example"], []]);
    expect(Buffer.from(requests[0]?.body ?? []).toString()).toBe("a\n🐵b");
  });

  it("decodes a chunked body", async () => {
    const { requests } = await readText(
      gor(
        `${CAPTURED}PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n`,
      ),
    );
    expect(Buffer.from(requests[0]?.body ?? []).toString()).toBe("abcde");
    expect(requests.map(headerLines)).toEqual([["Host: a"]]);
  });

  it.each([
    ["a body that was cut", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab", "the request is incomplete"],
    ["a head that was cut", "GET / HTTP/1.1\r\nHo", "the request is incomplete"],
    ["bytes after the request", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /", "5 bytes follow the request"],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na",
      "not a well-formed request",
    ],
    ["a bare CR", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", "not a well-formed request"],
    ["no request", "", "the request is incomplete"],
  ])("counts %s as broken, and reads on", async (_, payload, problem) => {
    const good = `${CAPTURED}GET /good HTTP/1.1\r\nHost: a\r\n\r\n`;
    const { requests, problems } = await readText(gor(good, CAPTURED + payload, good));
    expect(requests.map(({ place }) => place)).toEqual(["stdin, record 1", "stdin, record 3"]);
    expect(problems).toEqual([{ place: "stdin, record 2", problem: expect.stringContaining(problem) as string }]);
  });

  it("reads a last record without its separator", async () => {
    const { requests } = await readText(`${CAPTURED}GET /last HTTP/1.1\r\n\r\n`);
    expect(requests.map(({ target }) => target)).toEqual(["/last"]);
  });

  it("counts a record that is too long as broken, and reads on", async () => {
    const end = Buffer.from(`${SEPARATOR}${CAPTURED}GET /b HTTP/1.1\r\n\r\n${SEPARATOR}`);
    const body = Array.from({ length: 17 }, () => "x".repeat(1 << 20));
    const { requests, problems } = await readRecorded([`${CAPTURED}POST / HTTP/1.1\r\n`, ...body, end]);
    expect(requests.map(({ target }) => target)).toEqual(["/b"]);
    expect(problems).toEqual([{ place: "stdin, record 1", problem: "longer than 16 MiB" }]);
  });

  it("finds separators wherever the pieces end", async () => {
    const file = Buffer.from(gor(`${CAPTURED}GET /a HTTP/1.1\r\n\r\n`, `${CAPTURED}GET /b HTTP/1.1\r\n\r\n`));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: file.length - 1 }),
        fc.integer({ min: 1, max: 20 }),
        async (cut, size) => {
          const rest = file.subarray(cut);
          const pieces = Array.from({ length: Math.ceil(rest.length / size) }, (_, at) =>
            rest.subarray(at * size, (at + 1) * size),
          );
          const { requests } = await readRecorded([file.subarray(0, cut), ...pieces]);
          expect(requests.map(({ target }) => target)).toEqual(["/a", "/b"]);
        },
      ),
    );
  });
});
