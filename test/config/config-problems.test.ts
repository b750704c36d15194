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
    ["lisen: x\n", 's.yaml:1:1 lisen: unknown field; did you mean "listen"?'],
    ["gate-parity: 1\n", 's.yaml:1:1 gate-parity: unknown field; did you mean "gate.parity"?'],
    ["adminListen: :80\n", 's.yaml:1:1 adminListen: unknown field; did you mean "admin.listen"?'],
    [
      "zzz: 1\n",
      "s.yaml:1:1 zzz: unknown field (allowed: runName, labels, replicaName, listen, listenTls, requests, forwarded, admin, store, storePasswordFile, storeRequired, retention, upstream, capture, compare, contract, gate, explain, isolate, tracing, metrics, threads, webhooks, tap, subsets, routes, istio, addresses, mirrors, primary, candidate, secondary, percent, sampling, budget, floor, method, candidateTimeout, maxInFlight, candidateMaxBufferedBytes, breakerFailures, breakerOpen, candidateHost, secondaryPercent, secondaryTimeout, secondaryMaxInFlight, secondaryMaxBufferedBytes, selfCheck, selfCheckDelay)",
    ],
    [
      "gate:\n  parity: 99.9\n",
      "s.yaml:2:11 gate.parity: 99.9 is above 1; for 99.9% write 0.999 (allowed: a number, 0 to 1)",
    ],
    [
      "gate: strict\n",
      's.yaml:1:7 gate: "strict" is not a mapping (allowed: a mapping with parity, latencyRatio, p95Ratio, p99Ratio, p95Ms, p99Ms, minCompared, errorRate, minSuccess, minEndpoints, coverage, endpoints)',
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
      "store: mysql://me:secret@db/x\n",
      's.yaml:1:8 store: unsupported store "mysql"; use a SQLite file or postgres:// (allowed: sqlite:PATH or a path, like sqlite:./shadowdiff.db, or postgres://USER@HOST:PORT/DATABASE)',
    ],
    [
      "store: postgres://me:secret@db/x?sslmod=require\n",
      's.yaml:1:8 store: the URL of the database has an unknown parameter "sslmod"; did you mean sslmode? (allowed: sqlite:PATH or a path, like sqlite:./shadowdiff.db, or postgres://USER@HOST:PORT/DATABASE)',
    ],
    [
      "storePasswordFile: p\n",
      "s.yaml:1:20 storePasswordFile: has no effect: store is a SQLite file, which has no password",
    ],
    [
      "store: postgres://me:secret@db/x\nstorePasswordFile: p\n",
      "s.yaml:2:20 storePasswordFile: store has a password too; remove it from the URL",
    ],
    [
      "store: 'sqlite::memory:'\n",
      "s.yaml:1:8 store: the store must be a file, because several threads open it (allowed: sqlite:PATH or a path, like sqlite:./shadowdiff.db, or postgres://USER@HOST:PORT/DATABASE)",
    ],
    ["compare: { rules: {} }\n", "s.yaml:1:19 compare.rules: a mapping is not a list (allowed: a list)"],
    [
      "admin: { listen: '127.0.0.1:8080' }\n",
      "s.yaml:1:18 admin.listen: port 8080 is already used by listen; choose another port",
    ],
    ["threads:\n", "s.yaml:1:9 threads: null is not a mapping (allowed: a mapping with proxy, compare)"],
    ["gate: {}\ngate: {}\n", "s.yaml:2:1: the field gate occurs twice; remove one"],
    ["gate: {parity: 1, parity: 1}\n", "s.yaml:1:19: the field parity occurs twice; remove one"],
    [
      "gate:\n  endpoints:\n    - { endpoint: GET /users/{id}, parity: 1 }\n",
      's.yaml:3:30: a text with braces must be quoted, such as "GET /users/{id}"',
    ],
    ["listen:8080\n", "s.yaml:1:1: this line has no field; write a colon and a space: listen: 8080"],
    ["listen 8080\n", "s.yaml:1:1: this line has no field; write a colon and a space: listen: 8080"],
    ["gate: {}\n8080\n", "s.yaml:2:1: this line has no field; write field: value"],
    [
      "gate:\n\tparity: 1\n",
      "s.yaml:2:1: Tabs are not allowed as indentation (allowed: the fields of a mapping must start in the same column, indented with spaces)",
    ],
    ["parity: 1\n", 's.yaml:1:1 parity: unknown field; did you mean "gate.parity"?'],
    ["rules: []\n", 's.yaml:1:1 rules: unknown field; did you mean "compare.rules"?'],
    [
      "admin: 127.0.0.1:9901\n",
      's.yaml:1:8 admin: "127.0.0.1:9901" is not a mapping; write admin: { listen: 127.0.0.1:9901 } (allowed: a mapping with listen, tokenFile, rolloutTokenFile, allowedHosts)',
    ],
    [
      "gate: { parity: 99.9% }\n",
      's.yaml:1:17 gate.parity: "99.9%" has a percent sign; write 0.999 (allowed: a number, 0 to 1)',
    ],
    [
      "gate: { errorRate: 7 }\n",
      "s.yaml:1:20 gate.errorRate: 7 is above 1; for 7% write 0.07 (allowed: a number, 0 to 1)",
    ],
    ["listen: [::1]:8080\n", "s.yaml:1:14: Unexpected scalar at node end"],
    [
      "requests: { maxHeadBytes: 512KiB }\n",
      's.yaml:1:27 requests.maxHeadBytes: "512KiB" is above the limit (allowed: a size of 8KiB to 256KiB)',
    ],
    [
      "requests: { nonAsciiTargets: encod }\n",
      's.yaml:1:30 requests.nonAsciiTargets: unknown value "encod"; did you mean "encode"? (allowed: reject, encode, forward)',
    ],
    [
      "forwarded: { mode: append, trusted: [10.0.0.0/33] }\n",
      's.yaml:1:37 forwarded.trusted: the prefix of "10.0.0.0/33" is above 32 (allowed: a list of: an IPv4 or IPv6 address, or a subnet like 10.0.0.0/8 or fd00::/8)',
    ],
    [
      "forwarded: { mode: append }\n",
      "s.yaml:1:20 forwarded.mode: append requires trusted, the addresses whose values are kept; without them, write set",
    ],
    [
      "forwarded: { trusted: [10.0.0.0/8] }\n",
      "s.yaml:1:23 forwarded.trusted: has no effect with mode off; write mode append, which keeps the values of these addresses",
    ],
    [
      "forwarded: { mode: set, headers: [] }\n",
      "s.yaml:1:34 forwarded.headers: the list is empty; name a header, or write mode off",
    ],
    ["listen: *nothing\n", "s.yaml:1:1: Unresolved alias (the anchor must be set before the alias): nothing"],
  ])("%j", (text, expected) => {
    expect(problems(text)).toContain(expected);
  });

  it("reports all problems at once", () => {
    expect(problems("listen: x\n", "")).toEqual([
      's.yaml:1:9 listen: "x" is not a listen address (allowed: host:port, [IPv6]:port or :port, like 127.0.0.1:8080)',
      "s.yaml:1:1: no versions; write primary: URL and candidate: URL, or subsets and routes",
    ]);
    expect(problems("listen: x\nstore: ''\ngate: 5\n")).toEqual([
      's.yaml:1:9 listen: "x" is not a listen address (allowed: host:port, [IPv6]:port or :port, like 127.0.0.1:8080)',
      's.yaml:2:8 store: "" is not a valid store (allowed: sqlite:PATH or a path, like sqlite:./shadowdiff.db, or postgres://USER@HOST:PORT/DATABASE)',
      "s.yaml:3:7 gate: 5 is not a mapping (allowed: a mapping with parity, latencyRatio, p95Ratio, p99Ratio, p95Ms, p99Ms, minCompared, errorRate, minSuccess, minEndpoints, coverage, endpoints)",
    ]);
  });
});

it.each([
  ["- a\n", "s.yaml:1:1: a list is not a configuration; write a mapping, such as listen: 127.0.0.1:8080"],
  ["# first\n- a\n", "s.yaml:2:1: a list is not a configuration; write a mapping, such as listen: 127.0.0.1:8080"],
  ["hello\n", 's.yaml:1:1: "hello" is not a configuration; write a mapping, such as listen: 127.0.0.1:8080'],
  ["---\n5\n", "s.yaml:2:1: 5 is not a configuration; write a mapping, such as listen: 127.0.0.1:8080"],
  [
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\n---\nkind: List\n",
    "s.yaml:1:1: this is a Kubernetes document; pass Istio and Gateway API documents with --istio FILE",
  ],
  ["gate: {}\n---\ngate: {}\n", "s.yaml:2:1: a second document starts here; only one is allowed"],
])("%j is not a configuration", (text, expected) => expect(problems(text, "")[0]).toContain(expected));

it.each(["- a\n", "hello\n"])("%j is rejected even with flags", (text) => {
  const flags = { primary: "http://127.0.0.1:1", candidate: ["http://127.0.0.1:2"] };
  expect(() => loadConfig({ file: { path: "s.yaml", text }, flags, env: {} })).toThrow(
    /^s\.yaml:1:1: .* is not a configuration; write a mapping, such as listen: 127\.0\.0\.1:8080$/,
  );
});

describe("URLs of versions", () => {
  const allowed = "(allowed: http://host:port or https://host:port)";
  it.each([
    ["ftp://a", `"ftp://a" is not an http or https URL ${allowed}`],
    ["nonsense", `"nonsense" is not a URL ${allowed}`],
    ["localhost:1", `"localhost:1" has no scheme; write http://localhost:1 ${allowed}`],
    ["[::1]:1/x", `"[::1]:1/x" has no scheme; write http://[::1]:1 ${allowed}`],
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
