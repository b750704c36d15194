import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/config/config-error.ts";
import { loadWithWarnings, type LoadedConfig } from "../../../src/config/load-config.ts";
import type { Environment, FlagValues } from "../../../src/config/options/settings.ts";
import type { Forward } from "../../../src/model/routing.ts";

const SERVICE = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  hosts: ["*"]
  http:
    - route: [{ destination: { host: reviews, subset: v1 } }]
      mirror: { host: reviews, subset: v2 }
`;
const GATEWAY = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: door }
spec:
  servers: [{ port: { number: 18080, name: http, protocol: HTTP }, hosts: ["*"] }]
`;
const ADDRESSES = ["reviews/v1=http://127.0.0.1:9001,http://127.0.0.1:9011", "reviews/v2=http://127.0.0.1:9002"];

let folder: string;
let service: string;
let gateway: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "istio-"));
  [service, gateway] = [join(folder, "service.yaml"), join(folder, "gateway.yaml")];
  writeFileSync(service, SERVICE);
  writeFileSync(gateway, GATEWAY);
});

function load(text: string | undefined, flags: FlagValues = {}, env: Environment = {}): LoadedConfig {
  const file = text === undefined ? undefined : { path: join(folder, "s.yaml"), text };
  return loadWithWarnings({ file, flags, env });
}

function problems(...parameters: Parameters<typeof load>): readonly string[] {
  try {
    load(...parameters);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(`${folder}/`, "").split("\n");
    throw error;
  }
  return [];
}

function forwardOf({ config }: LoadedConfig): Forward {
  const action = config.routes[0]?.action;
  if (action?.type !== "forward") throw new Error("the first route does not forward");
  return action;
}

describe("routes from Istio documents", () => {
  it("--istio and --address are enough", () => {
    const loaded = load(undefined, { istio: [service], address: ADDRESSES });
    const { destinations, candidates } = forwardOf(loaded);
    expect(destinations.map(({ subset }) => subset.urls)).toEqual([["http://127.0.0.1:9001", "http://127.0.0.1:9011"]]);
    expect(candidates).toMatchObject([
      {
        subset: { urls: ["http://127.0.0.1:9002"] },
        percent: 100,
        methods: new Set(["GET", "HEAD", "OPTIONS"]),
        timeoutMs: 10_000,
        maxInFlight: 256,
        maxBufferedBytes: 16 * 1024 ** 2,
        breaker: { failures: 5, openMs: 500 },
        host: { type: "keep" },
      },
    ]);
    expect(loaded.documents).toEqual([service]);
    expect(loaded.config.listen).toEqual({ host: "127.0.0.1", port: 8080 });
  });

  it("a document lists Istio documents relative to itself, and adds mirror settings", () => {
    const loaded = load(`istio: [service.yaml]
addresses: { reviews/v1: "http://127.0.0.1:9001", reviews/v2: ["http://127.0.0.1:9002", "http://127.0.0.1:9012"] }
mirrors:
  methods: [GET, POST]
  timeout: 2s
  maxInFlight: 7
  host: shadow
  breaker: { failures: 3 }
  secondary: { url: "http://127.0.0.1:9003", percent: 50, headers: { set: { X-Role: twin } } }
`);
    const { candidates, secondary } = forwardOf(loaded);
    expect(candidates).toMatchObject([
      {
        subset: { urls: ["http://127.0.0.1:9002", "http://127.0.0.1:9012"] },
        methods: new Set(["GET", "POST"]),
        timeoutMs: 2000,
        maxInFlight: 7,
        host: { type: "shadow" },
        breaker: { failures: 3, openMs: 500 },
      },
    ]);
    expect(secondary).toEqual({
      subset: { name: "secondary", urls: ["http://127.0.0.1:9003"], tls: undefined },
      percent: 50,
      timeoutMs: 10_000,
      maxInFlight: 256,
      maxBufferedBytes: 16 * 1024 ** 2,
      requestHeaders: { set: [["X-Role", "twin"]], add: [], remove: [] },
    });
    expect([...loaded.config.subsets.keys()]).toContain("secondary");
    expect(loaded.documents).toEqual([service]);
  });

  it("flags and environment variables override the document: addresses, methods, the secondary", () => {
    const text = "istio: [service.yaml]\naddresses: { reviews/v1: 'http://a:1', reviews/v2: 'http://b:1' }\n";
    const flags = { address: ["reviews/v2=http://c:1"], method: ["PUT"], secondary: "twin=http://d:1" };
    const env = { SHADOWDIFF_SECONDARY_PERCENT: "5", SHADOWDIFF_CANDIDATE_TIMEOUT: "1s" };
    const { destinations, candidates, secondary } = forwardOf(load(text, flags, env));
    expect(destinations[0]?.subset.urls).toEqual(["http://a:1"]);
    expect(candidates).toMatchObject([
      { subset: { urls: ["http://c:1"] }, methods: new Set(["PUT"]), timeoutMs: 1000 },
    ]);
    expect(secondary).toMatchObject({ subset: { name: "twin", urls: ["http://d:1"] }, percent: 5 });
  });

  it("the environment variable separates addresses with spaces", () => {
    const env = { SHADOWDIFF_ISTIO: service, SHADOWDIFF_ADDRESS: ADDRESSES.join(" ") };
    expect(forwardOf(load(undefined, {}, env)).destinations[0]?.subset.urls).toHaveLength(2);
  });

  it("listens on a Gateway's port unless listen is set", () => {
    const istio = [service, gateway];
    expect(load(undefined, { istio, address: ADDRESSES }).config.listen).toEqual({ host: "0.0.0.0", port: 18_080 });
    const flags = { istio, address: ADDRESSES, listen: "127.0.0.1:7070" };
    expect(load(undefined, flags).config.listen).toEqual({ host: "127.0.0.1", port: 7070 });
    const text = "listen: 127.0.0.1:6060\n";
    expect(load(text, { istio, address: ADDRESSES }).config.listen).toEqual({ host: "127.0.0.1", port: 6060 });
  });

  it("returns the notes about the documents", () => {
    const { warnings } = load(undefined, { istio: [service], address: [...ADDRESSES, "reviews/v9=http://a:1"] });
    expect(warnings.map(({ message }) => message)).toContain("no document refers to it");
  });
});

describe("invalid Istio configurations", () => {
  it("reports the position of a version without an address", () => {
    expect(problems(undefined, { istio: [service], address: ADDRESSES.slice(0, 1) })).toEqual([
      expect.stringMatching(
        /^service\.yaml:8:\d+ VirtualService\/reviews spec\.http\[0\]\.mirror: no address for reviews\/v2; add --address reviews\/v2=http:\/\/HOST:PORT$/,
      ),
    ]);
  });

  it.each([
    [
      "routes: []\nistio: [service.yaml]\n",
      {},
      "s.yaml:1:9 routes: the documents under istio define this; remove it, or remove istio",
    ],
    [
      "addresses: {}\nsubsets: { v1: { url: 'http://a:1' } }\nroutes: [{ primary: [{ subset: v1 }] }]\n",
      {},
      "s.yaml:1:12 addresses: only allowed with Istio documents, which are listed under istio",
    ],
    ["istio: [no.yaml]\n", {}, "s.yaml:1:9 istio[0]: no.yaml cannot be read: ENOENT"],
    [
      "istio: [service.yaml]\naddresses: { reviews/v1: nowhere }\n",
      {},
      's.yaml:2:26 addresses.reviews/v1: "nowhere" is not a URL (allowed: http://host:port or https://host:port, or a list of them)',
    ],
    [
      "istio: [service.yaml]\naddresses: { reviews/v1: 'http://127.0.0.1:8080', reviews/v2: 'http://a:1' }\n",
      {},
      "s.yaml:2:26 addresses.reviews/v1: this is shadowdiff's own listener; write the URL of the service",
    ],
    [
      undefined,
      { istio: ["x"], primary: "http://a:1" },
      "--primary: the Istio documents define the versions; set their URLs with --address HOST/SUBSET=URL",
    ],
    [undefined, { istio: ["x"], percent: "5" }, "--percent: the Istio documents define this; remove it"],
    [
      undefined,
      { istio: ["x"], address: ["http://a:1"] },
      '--address: "http://a:1" is not an address of a subset (allowed: HOST/SUBSET=URL or HOST=URL; separate several URLs with commas)',
    ],
    [
      "istio: [service.yaml]\naddresses: { reviews/v1: 'http://a:1', reviews/v2: 'http://b:1' }\n",
      { secondary: "v2=http://c:1" },
      '--secondary: the documents already define a version "v2"; choose another name',
    ],
  ])("%j with %j", (text, flags, expected) => {
    expect(problems(text, flags)).toContain(expected);
  });
});
