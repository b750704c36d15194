import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/config/config-error.ts";
import { loadConfig } from "../../src/config/load-config.ts";

const SUBSETS = "subsets: { v1: { url: 'http://127.0.0.1:9001' }, v2: { url: 'http://127.0.0.1:9002' } }\n";
const ROUTES = "routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v2 }] }]\n";

/** The problems of a document that begins with these lines; the rest is valid unless given. */
function problems(text: string, rest: string = SUBSETS + ROUTES): readonly string[] {
  try {
    loadConfig({ file: { path: "s.yaml", text: text + rest }, flags: {}, env: {} });
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("errors of a document name file, line, column, field and what is allowed", () => {
  it.each([
    [
      "listen: 8080\n",
      "s.yaml:1:9 listen: 8080 is only a port; write 127.0.0.1:8080 or :8080 (allowed: host:port, [IPv6]:port or :port, like 127.0.0.1:8080)",
    ],
    [
      "lisen: x\n",
      's.yaml:1:1 lisen: unknown field; did you mean "listen"? (allowed: runName, labels, listen, listenTls, admin, store, retention, upstream, capture, compare, gate, threads, tap, subsets, routes, istio, addresses, mirrors)',
    ],
    ["gate:\n  parity: 99.9\n", "s.yaml:2:11 gate.parity: 99.9 is above 1 (allowed: a number, 0 to 1)"],
    [
      "gate: strict\n",
      's.yaml:1:7 gate: "strict" is not a mapping (allowed: a mapping with parity, latencyRatio, minCompared, errorRate, coverage, endpoints)',
    ],
    [
      "capture: { maxBodyBytes: 1MiB, maxBufferedBytes: 1KiB }\n",
      "s.yaml:1:26 capture.maxBodyBytes: exceeds capture.maxBufferedBytes (1024 bytes)",
    ],
    [
      "upstream: { headTimeout: 5 }\n",
      "s.yaml:1:26 upstream.headTimeout: 5 has no unit (allowed: a duration of at least 1ms, like 500ms, 10s, 5m, 2h or 14d)",
    ],
    [
      "upstream: { headTimeout: 5 years }\n",
      's.yaml:1:26 upstream.headTimeout: unknown unit "years"; use ms, s, m, h, d (allowed: a duration of at least 1ms, like 500ms, 10s, 5m, 2h or 14d)',
    ],
    [
      "store: postgres://me:secret@db/x\n",
      's.yaml:1:8 store: unsupported store "postgres"; use SQLite (allowed: sqlite:PATH or a path, like sqlite:./shadowdiff.db)',
    ],
    [
      "store: 'sqlite::memory:'\n",
      "s.yaml:1:8 store: the store must be a file, because several threads open it (allowed: sqlite:PATH or a path, like sqlite:./shadowdiff.db)",
    ],
    ["compare: { rules: {} }\n", "s.yaml:1:19 compare.rules: a mapping is not a list (allowed: a list)"],
    [
      "admin: { listen: '127.0.0.1:8080' }\n",
      "s.yaml:1:18 admin.listen: port 8080 is already used by listen; choose another port",
    ],
    ["threads:\n", "s.yaml:1:9 threads: null is not a mapping (allowed: a mapping with proxy, compare)"],
    ["gate: {}\ngate: {}\n", "s.yaml:2:1: Map keys must be unique"],
    ["listen: [::1]:8080\n", "s.yaml:1:14: Unexpected scalar at node end"],
    ["listen: *nothing\n", "s.yaml:1:1: Unresolved alias (the anchor must be set before the alias): nothing"],
  ])("%j", (text, expected) => {
    expect(problems(text)).toContain(expected);
  });

  it("reports all problems at once", () => {
    expect(problems("listen: x\n", "")).toEqual([
      's.yaml:1:9 listen: "x" is not a listen address (allowed: host:port, [IPv6]:port or :port, like 127.0.0.1:8080)',
      "s.yaml:1:1 subsets: missing (allowed: a mapping from names to their fields)",
      "s.yaml:1:1 routes: missing (allowed: a list)",
    ]);
    expect(problems("listen: x\nstore: ''\ngate: 5\n")).toEqual([
      's.yaml:1:9 listen: "x" is not a listen address (allowed: host:port, [IPv6]:port or :port, like 127.0.0.1:8080)',
      's.yaml:2:8 store: "" is not a valid store (allowed: sqlite:PATH or a path, like sqlite:./shadowdiff.db)',
      "s.yaml:3:7 gate: 5 is not a mapping (allowed: a mapping with parity, latencyRatio, minCompared, errorRate, coverage, endpoints)",
    ]);
  });
});

it.each([
  ["- a\n", "s.yaml:1:1: a list is not a configuration; write a mapping"],
  ["# first\n- a\n", "s.yaml:2:1: a list is not a configuration; write a mapping"],
  ["hello\n", 's.yaml:1:1: "hello" is not a configuration; write a mapping'],
  ["---\n5\n", "s.yaml:2:1: 5 is not a configuration; write a mapping"],
  ["gate: {}\n---\ngate: {}\n", "s.yaml:2:1: a second document starts here; only one is allowed"],
])("%j is not a configuration", (text, expected) => expect(problems(text, "")[0]).toContain(expected));

it.each(["- a\n", "hello\n"])("%j is rejected even with flags", (text) => {
  const flags = { primary: "http://127.0.0.1:1", candidate: ["http://127.0.0.1:2"] };
  expect(() => loadConfig({ file: { path: "s.yaml", text }, flags, env: {} })).toThrow(
    /^s\.yaml:1:1: .* is not a configuration; write a mapping$/,
  );
});

describe("URLs of versions", () => {
  const allowed = "(allowed: http://host:port or https://host:port)";
  it.each([
    ["ftp://a", `"ftp://a" is not an http or https URL ${allowed}`],
    ["nonsense", `"nonsense" is not a URL ${allowed}`],
    ["http://a:1/api", `requests keep their own path; write http://a:1 without path and query ${allowed}`],
    ["http://a:1?x=1", `requests keep their own path; write http://a:1 without path and query ${allowed}`],
    ["http://me:secret@a:1", `credentials are not supported in the URL; the client must send them ${allowed}`],
    ["http://127.0.0.1:8080", "this is shadowdiff's own listener; write the URL of the service"],
    ["http://localhost:8080", "this is shadowdiff's own listener; write the URL of the service"],
    ["http://127.0.0.1:9900", "this is shadowdiff's own admin listener; write the URL of the service"],
  ])("%s", (url, expected) => {
    const subsets = `subsets: { v1: { url: '${url}' }, v2: { url: 'http://127.0.0.1:9002' } }\n`;
    expect(problems("", subsets + ROUTES)).toEqual([`s.yaml:1:23 subsets.v1.url: ${expected}`]);
  });

  it("the same port on another host is not a loop", () => {
    const subsets = "subsets: { v1: { url: 'http://127.0.0.2:8080' }, v2: { url: 'https://api.example:8080' } }\n";
    expect(problems("", subsets + ROUTES)).toEqual([]);
  });

  it("a listener on all interfaces is a loop for every loopback name", () => {
    const subsets = "subsets: { v1: { url: 'http://127.0.0.9:8080' }, v2: { url: 'http://[::1]:8080' } }\n";
    expect(problems("listen: :8080\n", subsets + ROUTES)).toEqual([
      "s.yaml:2:23 subsets.v1.url: this is shadowdiff's own listener; write the URL of the service",
      "s.yaml:2:61 subsets.v2.url: this is shadowdiff's own listener; write the URL of the service",
    ]);
  });
});
