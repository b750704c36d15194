import { describe, expect, it } from "vitest";
import { headerLines, readRecorded, readText } from "../read-recorded.ts";

describe("NDJSON", () => {
  it("reads requests with all of their parts", async () => {
    const lines = [
      {
        version: 1,
        at: "2026-11-30T10:00:00.250+01:00",
        lane: "client 7",
        method: "PUT",
        target: "/a?b",
        headers: [
          ["Host", "shop.example"],
          ["X-Name", "\u00e9"],
          ["X-Name", "日"],
        ],
        body: { base64: "AP8=" },
        masked: ["headers"],
        candidate: "v2",
      },
      { method: "POST", target: "/é", body: { text: "ü" } },
      { method: "GET", target: "http://shop.example/", headers: [], body: null, at: null, lane: null },
    ];
    const { requests, problems, progress, format } = await readText(
      `${lines.map((line) => JSON.stringify(line)).join("\r\n")}\n`,
    );
    expect(problems).toEqual([]);
    expect(format).toBe("ndjson");
    expect(requests).toMatchObject([
      {
        method: "PUT",
        target: "/a?b",
        at: Date.UTC(2026, 10, 30, 9, 0, 0, 250),
        lane: "client 7",
        masked: ["headers"],
      },
      { method: "POST", target: "/%C3%A9", at: null, lane: null, masked: [] },
      { method: "GET", target: "/", body: null },
    ]);
    expect(requests.map(({ body }) => body && [...body])).toEqual([[0, 0xff], [0xc3, 0xbc], null]);
    // One character per byte; what is no byte is encoded as UTF-8.
    expect(requests.map(headerLines)).toEqual([
      ["Host: shop.example", "X-Name: \u00e9", "X-Name: \u00e6\u0097\u00a5"],
      [],
      ["Host: shop.example"],
    ]);
    expect(progress.masked).toEqual({ target: 0, headers: 1, body: 0 });
  });

  it.each([
    ['{"method":"GET"', "not a JSON object"],
    ['["GET","/"]', "expected object, received array"],
    ['{"target":"/"}', "method: expected string, received undefined"],
    ['{"method":"GET","target":"/","headers":[["a"]]}', "headers.0"],
    ['{"method":"GET","target":"/","headers":[["a b","c"]]}', '"a b" is not a header name'],
    ['{"method":"GET","target":"/","headers":[["a","b\\r\\nc: d"]]}', "the header a has control characters"],
    ['{"method":"GET","target":"/","body":{"base64":"?"}}', "body.base64: not base64"],
    ['{"method":"GET","target":"/","at":"yesterday"}', "at: "],
    ['{"version":2,"method":"GET","target":"/"}', "version: 2 is not supported; this shadowdiff reads version 1"],
  ])("counts %s as broken", async (line, problem) => {
    const { requests, problems } = await readText(`{"method":"GET","target":"/"}\n${line}\n`);
    expect(requests.length).toBe(1);
    expect(problems).toEqual([{ place: "stdin:2", problem: expect.stringContaining(problem) as string }]);
  });

  it("counts a line that is not UTF-8 as broken", async () => {
    const bad = Buffer.from('{"method":"GET","target":"/\u00e9"}\n', "latin1");
    const { problems } = await readRecorded(['{"method":"GET","target":"/"}\n', bad]);
    expect(problems).toEqual([{ place: "stdin:2", problem: "not UTF-8" }]);
  });
});
