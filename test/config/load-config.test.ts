import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigError, problemLine } from "../../src/config/config-error.ts";
import { loadConfig, loadWithWarnings } from "../../src/config/load-config.ts";
import { FLAGS } from "../../src/config/options/flags.ts";
import type { Environment, FlagValues } from "../../src/config/options/settings.ts";
import type { Config } from "../../src/model/config.ts";
import type { Forward } from "../../src/model/routing.ts";

const ROOT = join(import.meta.dirname, "../..");
const TWO = { primary: "http://127.0.0.1:9001", candidate: ["http://127.0.0.1:9002"] };
const DOCUMENT = `subsets:
  v1: { url: http://127.0.0.1:9001 }
  v2: { url: http://127.0.0.1:9002 }
routes:
  - primary: [{ subset: v1 }]
    candidates: [{ subset: v2, percent: 50 }]
`;

function load(text: string | undefined, flags: FlagValues = {}, env: Environment = {}): Config {
  return loadConfig({ file: text === undefined ? undefined : { path: "s.yaml", text }, flags, env });
}

function breakers(document: string | undefined, flags: FlagValues): unknown[] {
  return forwardOf(load(document, flags)).candidates.map(({ breaker }) => breaker);
}

function problems(text: string | undefined, flags: FlagValues = {}, env: Environment = {}): readonly string[] {
  try {
    load(text, flags, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
  return [];
}

function forwardOf({ routes }: Config, index = 0): Forward {
  const action = routes[index]?.action;
  if (action?.type !== "forward") throw new Error("no such route, or it does not forward");
  return action;
}

describe("loadConfig", () => {
  it("two URLs are enough; all other options have defaults", () => {
    const primary = { name: "primary", urls: ["http://127.0.0.1:9001"], tls: undefined };
    const candidate = { name: "candidate", urls: ["http://127.0.0.1:9002"], tls: undefined };
    const none = { set: [], add: [], remove: [] };
    expect(load(undefined, TWO)).toEqual({
      runName: undefined,
      labels: {},
      replicaName: undefined,
      listen: { host: "127.0.0.1", port: 8080 },
      listenTls: undefined,
      tap: undefined,
      requests: { maxHeadBytes: 16_384, nonAsciiTargets: "reject", defaultHost: undefined },
      forwarded: {
        mode: "off",
        headers: ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"],
        trusted: [],
      },
      admin: { listen: { host: "127.0.0.1", port: 9900 }, token: undefined, rolloutToken: undefined, allowedHosts: [] },
      store: {
        location: { engine: "sqlite", path: "./shadowdiff.db" },
        isRequired: false,
        retention: { maxAgeMs: 14 * 86_400_000, maxBytes: 1024 ** 3 },
      },
      subsets: new Map([
        ["primary", primary],
        ["candidate", candidate],
      ]),
      routes: [
        {
          name: "default",
          hosts: [],
          matches: [],
          action: {
            type: "forward",
            destinations: [{ subset: primary, weight: 100, requestHeaders: none, responseHeaders: none }],
            sticky: undefined,
            rewrite: undefined,
            requestHeaders: none,
            responseHeaders: none,
            timeoutMs: undefined,
            retries: undefined,
            fault: undefined,
            cors: undefined,
            candidates: [
              {
                subset: candidate,
                percent: 100,
                sticky: undefined,
                methods: new Set(["GET", "HEAD", "OPTIONS"]),
                timeoutMs: 10_000,
                maxInFlight: 256,
                maxBufferedBytes: 16 * 1024 ** 2,
                host: { type: "keep" },
                requestHeaders: none,
                breaker: { failures: 5, openMs: 500 },
              },
            ],
            secondary: undefined,
          },
        },
      ],
      upstream: { connectTimeoutMs: 5000, headTimeoutMs: 60_000, idleTimeoutMs: 60_000 },
      capture: { maxBodyBytes: 1024 ** 2, maxBufferedBytes: 64 * 1024 ** 2 },
      compare: {
        endpoints: [],
        maxEndpoints: 500,
        maxSegmentValues: 100,
        maxDifferenceSets: 200,
        samplesPerDifference: 10,
        maxDecodedBytes: 8 * 1024 ** 2,
        rules: [],
        descriptorSet: undefined,
        timeoutMs: 5000,
        explain: { enabled: true, claims: [], ignoreHeaders: [] },
      },
      explain: { enabled: true, claims: [], ignoreHeaders: [] },
      isolate: {
        enabled: false,
        maxProbes: 60,
        perSecond: 5,
        methods: new Set(["GET", "HEAD", "OPTIONS"]),
        repeats: 8,
        marker: "shadowdiff-probe",
      },
      metrics: { endpoints: 20, istio: false },
      threads: { proxy: 1, compare: 1 },
      gate: {
        parity: 0.999,
        latencyRatio: 1.1,
        p95Ratio: 1.25,
        p99Ratio: 1.5,
        p95Ms: undefined,
        p99Ms: undefined,
        minCompared: 1000,
        errorRate: 0.001,
        minSuccess: 0.5,
        minEndpoints: 1,
        coverage: [],
        endpoints: [],
      },
      webhooks: [],
      tracing: { otlp: undefined, sampleRate: 1, traceUrl: undefined, candidateTraceUrl: undefined },
    } satisfies Config);
  });

  it("the example contains the defaults", () => {
    const text = readFileSync(join(ROOT, "examples/shadowdiff.yaml"), "utf8");
    const versions = { primary: "v1=http://127.0.0.1:9001", candidate: ["v2=http://127.0.0.1:9002"] };
    expect(load(text)).toEqual(load(undefined, { ...versions, secondary: "v1-twin=http://127.0.0.1:9003" }));
  });

  it("the example names every option", () => {
    const text = readFileSync(join(ROOT, "examples/shadowdiff.yaml"), "utf8");
    const elsewhere = new Set(["istio", "tap"]);
    const options = FLAGS.flatMap(({ path }) => (path === undefined || elsewhere.has(String(path[0])) ? [] : [path]));
    const keys = options.map((path) => String(path.at(-1)));
    expect(keys.length).toBeGreaterThan(50);
    expect(keys.filter((key) => !new RegExp(String.raw`\b${key}:`).test(text))).toEqual([]);
  });

  it("the document of the compose file is valid except for its token file", () => {
    const text = readFileSync(join(ROOT, "deploy/compose/shadowdiff.yaml"), "utf8");
    const token = join(mkdtempSync(join(tmpdir(), "token-")), "admin_token");
    writeFileSync(token, "5e2f\n");
    const { admin } = load(text.replace("/run/secrets/admin_token", token));
    expect(admin).toMatchObject({ token: "5e2f", allowedHosts: ["shadowdiff", "shadowdiff-1", "shadowdiff-2"] });
  });

  it("precedence: flags, environment variables, the document, defaults", () => {
    const text = `${DOCUMENT}gate: { parity: 0.1, minCompared: 1, latencyRatio: 2 }\n`;
    const env = { SHADOWDIFF_GATE_PARITY: "0.2", SHADOWDIFF_GATE_MIN_COMPARED: "2", SHADOWDIFF_RUN_NAME: "" };
    const config = load(text, { gateParity: "0.3" }, env);
    expect(config.gate).toMatchObject({ parity: 0.3, minCompared: 2, latencyRatio: 2 });
    expect(config.threads).toEqual({ proxy: 1, compare: 1 });
    expect(config.runName).toBeUndefined();
  });

  it("list flags can be repeated or contain commas, unless the text with its commas is one value", () => {
    const config = load(undefined, {
      primary: "http://127.0.0.1:1",
      candidate: ["a=http://127.0.0.1:2,b=http://127.0.0.1:3"],
      method: ["GET,HEAD", "PUT"],
      adminAllowedHost: ["one.test, two.test"],
      endpoint: ["/a,b/{id},/c"],
      gateCoverage: ["GET /a,POST /b"],
      label: ["note=a,b"],
    });
    expect(forwardOf(config).candidates.map(({ subset, methods }) => [subset.name, [...methods]])).toEqual([
      ["a", ["GET", "HEAD", "PUT"]],
      ["b", ["GET", "HEAD", "PUT"]],
    ]);
    expect(config.admin.allowedHosts).toEqual(["one.test", "two.test"]);
    expect(config.compare.endpoints).toEqual(["/a,b/{id},/c"]);
    expect(config.gate.coverage).toEqual(["GET /a", "POST /b"]);
    expect(config.labels).toEqual({ note: "a,b" });
    expect(() => load(undefined, { ...TWO, method: ["GET,head"] })).toThrow(
      '--method: "GET,head" is not a valid method (allowed: a list of: a method in upper case, like GET or POST)',
    );
  });

  it("flags apply to all candidates; lists come from repeated flags or commas", () => {
    const candidate = ["a=http://127.0.0.1:1", "b=http://127.0.0.1:2"];
    const config = load(undefined, { ...TWO, candidate, percent: "0" }, { SHADOWDIFF_METHOD: "GET, POST" });
    const both = forwardOf(config).candidates.map(({ subset, percent, methods }) => [
      subset.name,
      percent,
      [...methods],
    ]);
    expect(both).toEqual([
      ["a", 0, ["GET", "POST"]],
      ["b", 0, ["GET", "POST"]],
    ]);
    expect(forwardOf(load(undefined, { ...TWO, method: ["PUT", "GET"] })).candidates[0]?.methods).toEqual(
      new Set(["PUT", "GET"]),
    );
  });

  it("the circuit breaker is on by default; flags override it for all candidates, and disable it", () => {
    const text = DOCUMENT.replace("percent: 50", "percent: 50, breaker: false");
    expect(breakers(undefined, TWO)).toEqual([{ failures: 5, openMs: 500 }]);
    expect(breakers(undefined, { ...TWO, breakerFailures: "2", breakerOpen: "3s" })).toEqual([
      { failures: 2, openMs: 3000 },
    ]);
    expect(breakers(undefined, { ...TWO, breakerFailures: "0" })).toEqual([undefined]);
    expect(breakers(text, {})).toEqual([undefined]);
    expect(breakers(text, { breakerOpen: "3s" })).toEqual([undefined]);
    expect(breakers(text, { breakerFailures: "2" })).toEqual([{ failures: 2, openMs: 500 }]);
  });

  it("URL flags replace the URLs of a document and keep the rest of the route", () => {
    const flags = {
      primary: "http://127.0.0.1:7001",
      candidate: ["http://127.0.0.1:7002"],
      secondary: "http://[::1]:7003",
    };
    const route = forwardOf(load(DOCUMENT, flags));
    expect(route.destinations[0]?.subset).toEqual({ name: "v1", urls: ["http://127.0.0.1:7001"], tls: undefined });
    expect(route.candidates[0]).toMatchObject({
      subset: { name: "v2", urls: ["http://127.0.0.1:7002"] },
      percent: 50,
    });
    expect(route.secondary).toEqual({
      subset: { name: "secondary", urls: ["http://[::1]:7003"], tls: undefined },
      percent: 100,
      timeoutMs: 10_000,
      maxInFlight: 256,
      maxBufferedBytes: 16 * 1024 ** 2,
      requestHeaders: { set: [], add: [], remove: [] },
    });
  });

  it("flags apply to all routes: candidates, the secondary, and named versions", () => {
    const text = DOCUMENT.replace(
      "routes:\n",
      `routes:
  - { name: old, match: [{ uri: /old }], redirect: { uri: /new } }
  - { name: two, match: [{ uri: /two }], primary: [{ subset: v2 }], candidates: [{ subset: v1 }] }
  - { name: lone, match: [{ uri: /lone }], primary: [{ subset: v1 }] }
`,
    ).replace("  - primary", "  - name: rest\n    primary");
    const config = load(text, {
      percent: "7",
      candidateHost: "shadow",
      secondary: "http://127.0.0.1:9003",
      secondaryPercent: "3",
    });
    for (const index of [1, 3]) {
      const { candidates, secondary } = forwardOf(config, index);
      expect(candidates).toMatchObject([{ percent: 7, host: { type: "shadow" } }]);
      expect(secondary).toMatchObject({ subset: { name: "secondary" }, percent: 3 });
    }
    expect(forwardOf(config, 2).secondary).toBeUndefined();
    expect(problems(text, { primary: "http://127.0.0.1:7001" })).toEqual([
      "--primary: ambiguous; name the subset (allowed: --primary v2=URL, --primary v1=URL)",
    ]);
    expect(load(text, { primary: "v1=http://127.0.0.1:7001" }).subsets.get("v1")?.urls).toEqual([
      "http://127.0.0.1:7001",
    ]);
  });

  it("a URL flag replaces several URLs", () => {
    const text = DOCUMENT.replace(
      "{ url: http://127.0.0.1:9001 }",
      "{ urls: [http://127.0.0.1:9001, http://127.0.0.1:9011] }",
    );
    const { destinations } = forwardOf(load(text, { primary: "http://127.0.0.1:7001" }));
    expect(destinations[0]?.subset.urls).toEqual(["http://127.0.0.1:7001"]);
  });

  it("resolves the certificate relative to the document, or to the working directory for flags", () => {
    const folder = mkdtempSync(join(tmpdir(), "tls-"));
    for (const name of ["tls.crt", "tls.key"]) writeFileSync(join(folder, name), "");
    const file = { path: join(folder, "s.yaml"), text: `${DOCUMENT}listenTls: { cert: tls.crt, key: tls.key }\n` };
    expect(loadConfig({ file, flags: {}, env: {} }).listenTls).toEqual({
      certFile: join(folder, "tls.crt"),
      keyFile: join(folder, "tls.key"),
    });
    const key = join(folder, "tls.key");
    expect(load(undefined, { ...TWO, listenTlsCert: key, listenTlsKey: key }).listenTls).toEqual({
      certFile: key,
      keyFile: key,
    });
    expect(problems(undefined, { ...TWO, listenTlsCert: key })).toEqual([
      "listenTls.key: missing; cert requires it (allowed: the path of a PEM file)",
    ]);
  });

  it("a candidate flag must name one of several candidates", () => {
    const several = DOCUMENT.replace("[{ subset: v2, percent: 50 }]", "[{ subset: v2 }, { subset: v1 }]");
    expect(problems(several, { candidate: ["http://127.0.0.1:7002"] })).toEqual([
      "--candidate: ambiguous; name the subset (allowed: --candidate v2=URL, --candidate v1=URL)",
    ]);
    expect(problems(several, { candidate: ["v3=http://127.0.0.1:7002"] })).toEqual([
      '--candidate: no route has "v3" in this role (allowed: --candidate v2=URL, --candidate v1=URL)',
    ]);
  });

  it("reports missing versions and how to set them", () => {
    const remedy = "or --config FILE (shadowdiff init writes one)";
    expect(problems(undefined)).toEqual([
      `--primary: missing; write the URL of the version that serves clients, ${remedy}`,
      `--candidate: missing; write the URL of a version under test, ${remedy}`,
    ]);
    expect(problems(undefined, TWO, { SHADOWDIFF_SECONDARY_PERCENT: "5" })).toEqual([
      "SHADOWDIFF_SECONDARY_PERCENT: requires --secondary URL",
    ]);
    expect(problems(undefined, { ...TWO, candidate: ["primary=http://127.0.0.1:2"] })).toEqual([
      '--candidate: two versions are named "primary"',
    ]);
  });

  it("warns about environment variables that resemble those of options", () => {
    const env = {
      SHADOWDIFF_PERCNT: "5",
      SHADOWDIFF_GATE_PARTY: "1",
      SHADOWDIFF_CONFIG: "s.yaml",
      // Of Kubernetes, in a cluster with a Service of this name.
      SHADOWDIFF_PORT: "tcp://10.0.0.1:80",
      SHADOWDIFF_SERVICE_HOST: "10.0.0.1",
      // Of others.
      SHADOWDIFF_UNRELATED_SETTING: "1",
      XSHADOWDIFF_PERCNT: "5",
    };
    expect(loadWithWarnings({ flags: TWO, env }).warnings.map(problemLine)).toEqual([
      "SHADOWDIFF_PERCNT: ignored, because no option has this name; did you mean SHADOWDIFF_PERCENT?",
      "SHADOWDIFF_GATE_PARTY: ignored, because no option has this name; did you mean SHADOWDIFF_GATE_PARITY?",
    ]);
  });

  it("names these variables with errors too, because one can hold what is missing", () => {
    expect(problems(undefined, { primary: "http://h:1" }, { SHADOWDIFF_CANDIDATES: "http://h:2" })).toEqual([
      "SHADOWDIFF_CANDIDATES: ignored, because no option has this name; did you mean SHADOWDIFF_CANDIDATE?",
      "--candidate: missing; write the URL of a version under test, or --config FILE (shadowdiff init writes one)",
    ]);
  });

  it("reads the admin token from its file, or from the environment variable without a file", () => {
    const file = join(mkdtempSync(join(tmpdir(), "token-")), "token");
    writeFileSync(file, "from-file\n");
    const env = { SHADOWDIFF_ADMIN_TOKEN: "from-variable" };
    expect(load(undefined, { ...TWO, adminTokenFile: file }, env).admin.token).toBe("from-file");
    expect(load(undefined, TWO, env).admin.token).toBe("from-variable");
  });

  it("reads the rollout token from its file only", () => {
    const file = join(mkdtempSync(join(tmpdir(), "token-")), "token");
    expect(problems(`${DOCUMENT}admin: { rolloutTokenFile: ${file} }\n`)[0]).toMatch(
      /^s\.yaml:7:28 admin\.rolloutTokenFile: .* cannot be read: ENOENT/,
    );
    writeFileSync(file, "for-rollouts\n");
    const env = { SHADOWDIFF_ADMIN_TOKEN: "for-people" };
    expect(load(undefined, { ...TWO, adminRolloutTokenFile: file }, env).admin).toMatchObject({
      token: "for-people",
      rolloutToken: "for-rollouts",
    });
  });

  it("rejects an invalid token without printing it", () => {
    const allowed =
      "(allowed: a file with one line of letters, digits and -._~+/, like the output of `openssl rand -hex 32`)";
    const file = join(mkdtempSync(join(tmpdir(), "token-")), "token");
    expect(problems(`${DOCUMENT}admin: { tokenFile: ${file} }\n`)).toEqual([
      `s.yaml:7:21 admin.tokenFile: ${file} cannot be read: ENOENT ${allowed}`,
    ]);
    writeFileSync(file, "\n");
    expect(problems(undefined, { ...TWO, adminTokenFile: file })).toEqual([
      `--admin-token-file: the token is empty ${allowed}`,
    ]);
    expect(problems(undefined, TWO, { SHADOWDIFF_ADMIN_TOKEN: "two words" })[0]).toMatch(
      /^SHADOWDIFF_ADMIN_TOKEN: the token has characters that are not allowed \(/,
    );
  });
});
