import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { askOften, bodies, EXAMPLES, World, type RequestParts } from "../integration/istio-program.ts";
import { withinThreeSigma } from "../lib/seeded.ts";
import { SEED_ROUTES } from "./envoy-seed-routes.ts";
import { startEnvoy, typedConfig } from "./envoy.ts";
import type { PeerProcess } from "./peer-process.ts";

interface Scenario {
  readonly about: string;
  readonly files: readonly string[];
  readonly requests: readonly GoldenRequest[];
}

interface GoldenRequest {
  readonly request: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expect: 404 | { readonly to: string | Record<string, number>; readonly mirror?: Record<string, number> };
}

const SCENARIOS = parse(readFileSync(join(import.meta.dirname, "../golden/seeds.yaml"), "utf8")) as readonly Scenario[];
const KEYS = [
  ...["httpbin", "my-app", "calcbackendsvc", "istio-mirroring-app"].flatMap((host) =>
    ["v1", "v2", "v3"].map((version) => `${host}/${version}`),
  ),
  "ratings/v2",
  "httpbin-v1",
  "httpbin-v2",
];
/** As Envoy does: every method is mirrored, and copies have the suffix. */
const AS_ENVOY = [
  ...["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"].flatMap((method) => ["--method", method]),
  "--candidate-host",
  "shadow",
];
const TIMES = 8;
/** For a request whose backend or copy is drawn. */
const DRAWS = 1_000;
const QUIET_MS = 100;

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world?.stop());

/** What reached the versions, and what the client received. */
interface Routed {
  readonly responses: Readonly<Record<string, number>>;
  /** For each version: `GET httpbin-shadow:8000 /headers` and how often. */
  readonly reached: readonly Readonly<Record<string, number>>[];
}

/** Copies arrive later than responses: waits until none has arrived for a moment. */
async function untilQuiet(): Promise<void> {
  let last = "";
  await expect
    .poll(async () => {
      const [before, now] = [last, world.seen().join()];
      last = now;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      return before === now;
    })
    .toBe(true);
}

async function route(url: string, times: number, parts: RequestParts): Promise<Routed> {
  for (const { seen } of world.versions) seen.length = 0;
  const responses = bodies(await askOften(url, times, parts));
  await untilQuiet();
  const reached = world.versions.map(({ seen }) => {
    const groups = Map.groupBy(seen, ({ method, headers, target }) => `${method} ${headers.host} ${target}`);
    return Object.fromEntries([...groups].map(([line, all]) => [line, all.length]));
  });
  return { responses, reached };
}

/** The share of requests that reached the second version, if that is drawn. */
function drawnShare({ expect: expected }: GoldenRequest): number | undefined {
  if (expected === 404) return undefined;
  const { to, mirror = {} } = expected;
  if (typeof to !== "string") return (to["v2"] ?? 0) / 100;
  const percent = Object.values(mirror)[0] ?? 100;
  return percent === 100 ? undefined : percent / 100;
}

const total = (counts: Readonly<Record<string, number>> = {}): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

function partsOf({ request, host = "httpbin", headers = {} }: GoldenRequest): RequestParts {
  const [method = "", path = ""] = request.split(" ");
  return { method, path, host, headers };
}

/** Requests that reached the second version. */
async function hitsOf(url: string, parts: RequestParts): Promise<number> {
  const { reached } = await route(url, DRAWS, parts);
  return total(reached[1]);
}

describe("Envoy and shadowdiff route the same requests to the same versions", () => {
  it("every scenario of the seeds has routes of Envoy", () => {
    expect(SEED_ROUTES.map(({ about }) => about)).toEqual(SCENARIOS.map(({ about }) => about));
  });

  describe.each(SCENARIOS)("$about", ({ about, files, requests }) => {
    const drawn = requests.filter((request) => drawnShare(request) !== undefined);
    let envoy: PeerProcess;
    let proxy: string;
    beforeAll(async () => {
      const { domains = [], routes = [] } = SEED_ROUTES.find((seed) => seed.about === about) ?? {};
      envoy = await startEnvoy({
        clusters: world.versions.map(({ name, url }) => ({ name, port: Number(new URL(url).port) })),
        virtualHosts: [{ name: "seed", domains, routes }],
        filters: [{ name: "envoy.filters.http.fault", typed_config: typedConfig("filters.http.fault.v3.HTTPFault") }],
      });
      const documents = files.map((file) => join(EXAMPLES, file));
      ({ proxy } = await world.serve(documents, KEYS, AS_ENVOY));
    });
    afterAll(async () => {
      await envoy?.stop();
      await world.reset();
    });

    it.each(requests.filter((request) => !drawn.includes(request)))("$request $host $headers", async (request) => {
      const parts = partsOf(request);
      const byEnvoy = await route(envoy.url, TIMES, parts);
      expect(total(byEnvoy.responses)).toBe(TIMES);
      expect(await route(proxy, TIMES, parts)).toEqual(byEnvoy);
    });

    it.each(drawn)("$request $host $headers: the share is within three standard deviations", async (request) => {
      const [parts, share = 0] = [partsOf(request), drawnShare(request)];
      for (const url of [envoy.url, proxy]) {
        let hits = await hitsOf(url, parts);
        // Chance alone exceeds three standard deviations once in 370 draws, and twice in a row once in 137,000.
        if (!withinThreeSigma(hits, DRAWS, share)) hits = await hitsOf(url, parts);
        console.log(`${request.request}: ${hits} of ${DRAWS} by ${url === proxy ? "shadowdiff" : "Envoy"}`);
        expect(withinThreeSigma(hits, DRAWS, share)).toBe(true);
      }
    });
  });
});
