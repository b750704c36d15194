import { execFile } from "node:child_process";
import { createServer, type AddressInfo, type Server } from "node:net";
import { promisify } from "node:util";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { curlCommand } from "../../src/isolate/show/curl-command.ts";
import { RequestMasker } from "../../src/isolate/show/mask-request.ts";
import type { ProbeRequest } from "../../src/model/isolate/probe.ts";

/** What curl puts around a request on its own. */
const FRAMING = /^(?:content-length|connection|expect)$/i;

interface Received {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body: string;
}

describe("the printed curl command, run by a real shell", () => {
  let server: Server;
  let origin = "";
  const received: Received[] = [];

  beforeAll(async () => {
    // A parser of HTTP would refuse some of the targets.
    server = createServer((socket) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        const end = text.indexOf("\r\n\r\n");
        if (end === -1) return;
        const length = Number(/^content-length: (\d+)$/im.exec(text.slice(0, end))?.[1] ?? 0);
        const body = text.slice(end + 4);
        if (body.length < length) return;
        received.push(readHead(text.slice(0, end), body));
        socket.end("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => void server.close());

  /** Sends requests as they are printed, and returns what has arrived. */
  async function send(requests: readonly ProbeRequest[], mayAddFields = false, env = {}): Promise<readonly Received[]> {
    received.length = 0;
    const masker = new RequestMasker(Buffer.from("key"));
    const lines = requests.map((request) => curlCommand(masker.request(request), { origin, mayAddFields }));
    // Nothing that moves the cursor or ends the line, whatever the request contains.
    for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    await promisify(execFile)("bash", ["-c", lines.map((line) => `${line} -s -o /dev/null --max-time 20`).join("\n")], {
      env: { PATH: process.env["PATH"], LC_ALL: "C.UTF-8", ...env },
    });
    return received;
  }

  it("sends what was found, whatever characters it has", async () => {
    const requests = [
      ...HOSTILE_TARGETS.map((target): ProbeRequest => ({ method: "GET", target, headers: ["a", "1"], body: null })),
      ...HOSTILE_VALUES.map((value): ProbeRequest => ({
        method: "GET",
        target: "/",
        headers: ["X-Value", value],
        body: null,
      })),
      ...HOSTILE_BODIES.map((body, index): ProbeRequest => ({
        method: ["POST", "PUT", "DELETE"][index % 3] ?? "",
        target: "/",
        headers: index % 2 === 0 ? ["Content-Type", "text/plain"] : [],
        body: Buffer.from(body, "utf8"),
      })),
      {
        method: "HEAD",
        target: "/?a[]=1",
        headers: ["Accept-Encoding", "gzip", "Accept", "x", "USER-AGENT", "y"],
        body: null,
      },
      {
        method: "OPTIONS",
        target: "/",
        headers: ["Host", "shop.example:81", "Cookie", "", "Accept-Language", "de"],
        body: null,
      },
    ];
    expect(await send(requests)).toEqual(requests.map(expected));
  });

  it("sends any field value and any target", async () => {
    const byte = fc.integer({ min: 0x21, max: 0xff }).filter((code) => code !== 0x7f);
    const text = fc.array(byte, { maxLength: 30 }).map((codes) => String.fromCharCode(...codes));
    const requests = fc.sample(fc.tuple(text, text), { numRuns: 20, seed: 17 }).map(([target, value]): ProbeRequest => {
      return { method: "GET", target: `/${target.replaceAll("#", "")}`, headers: ["x-v", value], body: null };
    });
    expect(await send(requests)).toEqual(requests.map(expected));
  });

  it("takes secrets from variables", async () => {
    const secret = {
      method: "POST",
      target: "/reset-password/f00dFACE12?api_key=s3cret&page=2",
      headers: ["Authorization", "Bearer abc", "Cookie", "SID=31d4; theme=dark", "Content-Type", "application/json"],
      body: Buffer.from('{"password":"hunter2","name":"O\'Neil"}'),
    };
    const masker = new RequestMasker(Buffer.from("key"));
    const line = curlCommand(masker.request(secret), { origin, mayAddFields: false });
    for (const value of ["f00dFACE12", "s3cret", "abc", "31d4", "dark", "hunter2"]) expect(line).not.toContain(value);
    const env = {
      PATH_SECRET_1: "f00dFACE12",
      QUERY_API_KEY: "s3cret",
      HEADER_AUTHORIZATION: "Bearer abc",
      COOKIE_SID: "31d4",
      COOKIE_THEME: "dark",
      BODY_1: "hunter2",
    };
    expect(await send([secret], false, env)).toEqual([expected(secret)]);
  });

  it("takes a body that is no text from a file", () => {
    const { body, ...rest } = { method: "POST", target: "/", headers: [], body: Buffer.from("a\0b") };
    const masked = new RequestMasker(Buffer.from("key")).request({ ...rest, body });
    expect(curlCommand(masked, { origin: "http://v1", mayAddFields: true })).toBe(
      `curl -i http://v1/ -H 'content-type:' --data-binary "@$BODY_FILE"`,
    );
  });

  it("is short where the cause shows with the fields that curl adds, too", async () => {
    const request = {
      method: "GET",
      target: "/prices?currency=EUR",
      headers: ["Host", new URL(origin).host],
      body: null,
    };
    const masked = new RequestMasker(Buffer.from("key")).request(request);
    expect(curlCommand(masked, { origin, mayAddFields: true })).toBe(`curl -i '${origin}/prices?currency=EUR'`);
    const [sent] = await send([request], true);
    const added = [
      "accept",
      "*/*",
      "host",
      new URL(origin).host,
      "user-agent",
      expect.stringMatching(/^curl\/[\d.]+$/),
    ];
    expect(sent?.headers).toEqual(added);
  });

  function expected({ method, target, headers, body }: ProbeRequest): Received {
    const fields = headers.flatMap((text, index) =>
      index % 2 === 0 ? [text.toLowerCase(), headers[index + 1] ?? ""] : [],
    );
    const host = fields.includes("host") ? [] : ["host", new URL(origin).host];
    return { method, target, headers: sorted([...host, ...fields]), body: Buffer.from(body ?? []).toString("latin1") };
  }
});

function readHead(head: string, body: string): Received {
  const [first = "", ...lines] = head.split("\r\n");
  const [method = "", ...rest] = first.split(" ");
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    return FRAMING.test(name) ? [] : [name.toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { method, target: rest.slice(0, -1).join(" "), headers: sorted(headers), body };
}

/** curl sends Host, User-Agent and Accept first. */
function sorted(headers: readonly string[]): readonly string[] {
  return headers
    .flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? ""] as const] : []))
    .toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .flat();
}

const HOSTILE_TARGETS = [
  "/",
  "/?",
  "/a/../b/./c",
  "//two",
  "/..",
  "/a?b={1,2}&c=[1-3]&d=[",
  "/it's?q='$(touch /tmp/x)'`id`\"$HOME\"",
  "/%00%0a?x=%",
  "/\\a|b<c>^d",
  "/a;b&c=d&&e",
  "/\xfc\xc3\xbc?\xe2\x80\xae",
  "/__proto__?constructor=toString",
  "/-o/etc?--help",
  "/!history!?!!",
  "/:8080@evil/",
];

const HOSTILE_VALUES = [
  "",
  "@/etc/passwd",
  "$(id) `id` $HOME ${PATH} \\ \\n !! 'quoted' \"double\"",
  "\xe9[31m",
  Buffer.from("größer 日本 \u{1f600} \u202e").toString("latin1").trim(),
  "a;b,c=d\tx",
  "-H evil: 1",
  "%{url}",
  "x".repeat(8_000),
];

const HOSTILE_BODIES = [
  "@/etc/passwd",
  "",
  "a=1&b=%20",
  'line one\nline "two"\r\n\ttab\u001b[2J\u202e',
  '{"a":"it\'s"}',
  "-d evil",
  "\\x41 $'x' '\\''",
];
