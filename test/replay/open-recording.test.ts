import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { array, assert, asyncProperty, integer } from "fast-check";
import { describe, expect, it } from "vitest";
import { openRecording } from "../../src/replay/open-recording.ts";
import { DEFAULTS, headerLines, readRecorded, readText, withFiles } from "./read-recorded.ts";

const LINES = Array.from({ length: 1000 }, (_, index) => `/items/${index}`);
const LIST = `${LINES.join("\n")}\n`;

describe("openRecording", () => {
  it("reads several files in their order, and again for each pass", async () => {
    using files = withFiles({ "one.txt": "/one\n", "two.txt": "/two\n/three\nx y z\nws://a/\n" });
    const paths = ["one.txt", "two.txt"].map((name) => join(files.folder, name));
    const recording = await openRecording(paths, DEFAULTS);
    const pass = async (): Promise<string[]> => {
      const targets: string[] = [];
      for await (const batch of recording.batches()) targets.push(...batch.map(({ target }) => target));
      return targets;
    };
    expect(recording.progress.bytesTotal).toBe(31);
    expect(await pass()).toEqual(["/one", "/two", "/three"]);
    expect(recording.progress.bytesRead).toBe(31);
    expect(await pass()).toEqual(["/one", "/two", "/three"]);
    expect(recording.progress).toMatchObject({ bytesRead: 62, read: 3, broken: 1, skipped: { upgrade: 1 } });
    expect(recording.progress.firstProblems).toHaveLength(1);
  });

  it("limits batches to 256 requests and a megabyte of bodies", async () => {
    const recording = await openRecording(["-"], { ...DEFAULTS, stdin: pieces(LIST) });
    const sizes: number[] = [];
    for await (const batch of recording.batches()) sizes.push(batch.length);
    expect(sizes).toEqual([256, 256, 256, 232]);
    const line = JSON.stringify({ method: "POST", target: "/", body: { text: "x".repeat(400_000) } });
    const large = await openRecording(["-"], { ...DEFAULTS, stdin: pieces(`${line}\n`.repeat(5)) });
    const bodies: number[] = [];
    for await (const batch of large.batches()) bodies.push(batch.length);
    expect(bodies).toEqual([2, 2, 1]);
  });

  it.each([
    ["gzip", gzipSync(LIST)],
    ["several gzip members", Buffer.concat([gzipSync(LIST.slice(0, 100)), gzipSync(LIST.slice(100))])],
    ["zstd", zstdCompressSync(LIST)],
    ["several zstd frames", Buffer.concat([zstdCompressSync(LIST.slice(0, 100)), zstdCompressSync(LIST.slice(100))])],
  ])("decompresses %s, in pieces of any size", async (_, compressed) => {
    const cut = 3;
    const { requests, progress } = await readRecorded([compressed.subarray(0, cut), compressed.subarray(cut)]);
    expect(requests.map(({ target }) => target)).toEqual(LINES);
    expect(progress).toMatchObject({ broken: 0, bytesRead: compressed.length });
  });

  it("reads what there is of a compressed file that is incomplete, and says so", async () => {
    const compressed = gzipSync(LIST, { level: 0 });
    const { requests, progress } = await readRecorded([compressed.subarray(0, compressed.length - 500)]);
    expect(requests.length).toBeGreaterThan(900);
    expect(requests.map(({ target }) => target).slice(0, -1)).toEqual(LINES.slice(0, requests.length - 1));
    expect(progress.firstProblems).toEqual([
      { place: "stdin, end", problem: "the compressed data is damaged or incomplete (unexpected end of file)" },
    ]);
  });

  it("drops a byte order mark and reads CRLF", async () => {
    const { requests } = await readText("\uFEFF/a\r\n/b\r\n");
    expect(requests.map(({ target }) => target)).toEqual(["/a", "/b"]);
  });

  it("reads the same from pieces of any size", async () => {
    const text = "/a\r\nPOST /b?c=d\n\nnot a request\nhttp://shop.example/x#top\n";
    const whole = await readText(text, { format: "urls" });
    await assert(
      asyncProperty(array(integer({ min: 1, max: 9 }), { minLength: 60, maxLength: 60 }), async (sizes) => {
        let at = 0;
        const cut = sizes.map((size) => text.slice(at, (at += size)));
        const { requests, problems } = await readRecorded(cut, { format: "urls" });
        expect({ requests, problems }).toEqual({ requests: whole.requests, problems: whole.problems });
      }),
      { numRuns: 30 },
    );
    expect(whole.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      "GET /a",
      "POST /b?c=d",
      "GET /x",
    ]);
    expect(whole.problems.map(({ place }) => place)).toEqual(["stdin:4"]);
  });

  it("counts a line that is too long as broken, and reads on", async () => {
    const piece = "x".repeat(1 << 20);
    const { requests, problems } = await readRecorded(["/a\n/", piece, "\n/b\n/", piece.slice(2), "\n/c\n"]);
    expect(requests.map(({ target }) => target)).toEqual(["/a", "/b", "/c"]);
    expect(problems).toEqual([
      { place: "stdin:2", problem: "longer than 1 MiB" },
      { place: "stdin:4", problem: "the head is longer than 256 KiB" },
    ]);
    const json = '{"method":"GET","target":"/';
    const long = await readRecorded([
      `${json}"}\n${json}`,
      ...Array.from({ length: 16 }, () => piece),
      `"}\n${json}"}\n`,
    ]);
    expect(long.requests.length).toBe(2);
    expect(long.problems).toEqual([{ place: "stdin:2", problem: "longer than 16 MiB" }]);
  });

  it("counts all broken lines and shows the first five", async () => {
    const { progress } = await readText(`/a\n${"x y z\n".repeat(7)}`);
    expect(progress.broken).toBe(7);
    expect(progress.firstProblems.map(({ place }) => place)).toEqual([
      "stdin:2",
      "stdin:3",
      "stdin:4",
      "stdin:5",
      "stdin:6",
    ]);
  });

  it("filters, and replaces headers of what is left", async () => {
    const { requests, progress } = await readText("http://a.example/api/1\nhttp://b.example/api/2\n/health\n", {
      filters: ["a.example/**", "/api/*"],
      setHeaders: ["Authorization: Bearer new"],
      removeHeaders: ["Host"],
    });
    expect(requests.map(({ target }) => target)).toEqual(["/api/1", "/api/2"]);
    expect(requests.map(headerLines)).toEqual([["Authorization: Bearer new"], ["Authorization: Bearer new"]]);
    expect(progress).toMatchObject({ read: 3, filteredOut: 1 });
  });

  it.each([
    ["a missing file", ["/does/not/exist"], {}, "cannot read /does/not/exist: ENOENT"],
    ["a folder", ["/"], {}, "/ is a folder; name the files in it"],
    [
      "a filter",
      ["-"],
      { filters: ["GET"] },
      '--filter: "GET" is not a valid filter (allowed: [!] [METHOD] [HOST]/PATH',
    ],
    ["a header", ["-"], { setHeaders: ["Cookie"] }, '--set-header: "Cookie" is not a header (write Name: value)'],
    ["a header name", ["-"], { removeHeaders: ["a b"] }, '--remove-header: "a b" is not a header name'],
  ])("refuses %s", async (_, files, options, message) => {
    await expect(openRecording(files, { ...DEFAULTS, ...options })).rejects.toThrow(message);
  });

  it("refuses a format that it does not know, and a second pass over the standard input", async () => {
    await expect(readText("<html>\n</html>\n")).rejects.toThrow("stdin: unknown format; expected a HAR");
    const recording = await openRecording(["-"], { ...DEFAULTS, stdin: pieces(LIST) });
    for await (const batch of recording.batches()) expect(batch.length).toBeGreaterThan(0);
    await expect(recording.batches().next()).rejects.toThrow("the standard input can be read only once");
  });

  it("has no requests in an empty file", async () => {
    expect(await readText("")).toMatchObject({ requests: [], format: "" });
  });
});

async function* pieces(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}
