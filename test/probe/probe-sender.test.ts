import { afterEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load-config.ts";
import type { Config } from "../../src/model/config.ts";
import type { ProbeRequest, ProbeTarget } from "../../src/model/isolate/probe.ts";
import { ProbeSender } from "../../src/probe/probe-sender.ts";
import { createProbeMetrics } from "../../src/serve/probes/probe-metrics.ts";
import { Registry } from "../../src/telemetry/prometheus.ts";
import { fingerprint } from "../../src/secrets/fingerprint.ts";
import { createVersions } from "./versions.ts";

const KEY = Buffer.from("key of this run");
const NEVER = new AbortController().signal;
const start = createVersions();
const senders: ProbeSender[] = [];
afterEach(async () => {
  for (const sender of senders.splice(0)) await sender.close();
});

/** A configuration in its native form. */
function configOf(text: string): Config {
  return loadConfig({ file: { path: "shadowdiff.yaml", text }, flags: {}, env: {} });
}

function senderFor(config: Config) {
  const registry = new Registry();
  const settings = { config, denied: [], templates: [] };
  const metrics = createProbeMetrics(registry, ["v2"]);
  const sender = new ProbeSender({ settings: () => settings, redactionKey: KEY, metrics, random: () => 0 });
  senders.push(sender);
  const counts = async (): Promise<Record<string, number>> => {
    const metric = await registry.getSingleMetric("shadowdiff_probes_total")?.get();
    const values = metric?.values.filter(({ value }) => value > 0) ?? [];
    return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(" "), value]));
  };
  return { sender, counts };
}

/** Without the fields of the connection. */
function withoutConnection(raw: readonly string[]): string[] {
  return raw.filter((_, at) => raw[at - (at % 2)]?.toLowerCase() !== "connection");
}

function item(price: number, clock: number): { json: object } {
  return { json: { price, clock, seenAt: `${price}`, token: `t-${price}` } };
}

const TARGET: ProbeTarget = { purpose: "resend", route: "default", candidate: "v2", measuresNoise: true };
const GET: ProbeRequest = { method: "GET", target: "/items/7?a=1&b", headers: ["Host", "shop.example"], body: null };

describe("a request that is sent again", () => {
  it("reaches each version as its copy did: with the header operations and the Host of its role, our hop and the marker", async () => {
    const [v1, v2, v3] = [await start(() => ({})), await start(() => ({})), await start(() => ({}))];
    const { sender } = senderFor(
      configOf(`
subsets: { v1: { url: "${v1.url}" }, v2: { url: "${v2.url}" }, v3: { url: "${v3.url}" } }
routes:
  - primary: [{ subset: v1 }]
    candidates: [{ subset: v2, host: candidate.example, headers: { set: { X-Role: candidate }, remove: [x-old] } }]
    secondary: { subset: v3, headers: { add: { X-Role: twin } } }
isolate: { marker: x-shadow-probe }
`),
    );
    const host = ["Host", "shop.example"];
    const ofConnection = ["Connection", "x-hop", "X-Hop", "2", "Transfer-Encoding", "chunked", "Content-Length", "12"];
    const others = ["Accept", "*/*", "X-A", "1", "x-a", "2"];
    const headers = [...host, "X-Old", "1", ...ofConnection, "x-shadow-probe", "forged", ...others];
    const result = await sender.probe({ ...GET, headers }, TARGET, NEVER);
    expect(result.failure).toBeNull();
    const sent = [...others, "Shadowdiff-Hop", "1", "x-shadow-probe", "resend"];
    expect(v1.seen.map(({ raw }) => withoutConnection(raw))).toEqual([["Host", "shop.example", "X-Old", "1", ...sent]]);
    expect(v2.seen.map(({ raw }) => withoutConnection(raw))).toEqual([
      ["Host", "candidate.example", ...sent, "X-Role", "candidate"],
    ]);
    expect(v3.seen.map(({ raw }) => withoutConnection(raw))).toEqual([
      ["Host", "shop.example", "X-Old", "1", ...sent, "X-Role", "twin"],
    ]);
    expect([v1, v2, v3].map(({ seen }) => seen[0]?.url)).toEqual([
      "/items/7?a=1&b",
      "/items/7?a=1&b",
      "/items/7?a=1&b",
    ]);
  });

  it("is compared as its copies were: by rules and fingerprints, with noise, and with the time of each leg", async () => {
    const [v1, v2, v3] = [await start(() => item(1, 1)), await start(() => item(2, 2)), await start(() => item(1, 3))];
    const { sender, counts } = senderFor(
      configOf(`
subsets: { v1: { url: "${v1.url}" }, v2: { url: "${v2.url}" }, v3: { url: "${v3.url}" } }
routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v2 }], secondary: { subset: v3 } }]
compare:
  rules: [{ endpoint: "GET /items/{id}", path: $.seenAt, action: ignore, reason: r, owner: o }]
`),
    );
    const result = await sender.probe(GET, TARGET, NEVER);
    expect(result).toMatchObject({
      endpoint: "GET /items/{id}",
      failure: null,
      paired: true,
      statuses: { primary: 200, candidate: 200, secondary: 200 },
      fields: [
        { section: "body", path: "$.clock", kind: "value", mark: "both" },
        { section: "body", path: "$.price", kind: "value", mark: "raw" },
        { section: "body", path: "$.token", kind: "value", mark: "raw" },
      ],
    });
    const token = result.differences.find(({ path }) => path === "$.token");
    expect(token?.primary).toBe(JSON.stringify(fingerprint(KEY, "t-1")));
    const { primary, candidate, secondary } = result.legs ?? {};
    expect([primary?.subset, candidate?.subset, secondary?.subset]).toEqual(["v1", "v2", "v3"]);
    const ports = [primary, candidate, secondary].map((leg) => leg?.address?.split(":").at(-1));
    expect(ports).toEqual([v1, v2, v3].map(({ port }) => String(port)));
    for (const leg of [primary, candidate, secondary]) expect(leg?.ms).toBeGreaterThan(0);
    expect(await counts()).toEqual({ "v2 resend differ": 1 });
  });

  it("asks the primary twice if the route has no secondary, one request after the other", async () => {
    let [open, most] = [0, 0];
    const order: string[] = [];
    const v1 = await start(() => {
      most = Math.max(most, (open += 1));
      open -= 1;
      order.push("v1");
      return { json: { n: order.length } };
    });
    const v2 = await start(() => ({ json: { n: 0 } }));
    const { sender } = senderFor(configOf(`primary: ${v1.url}\ncandidate: v2=${v2.url}`));
    const result = await sender.probe(GET, { ...TARGET, route: "default" }, NEVER);
    expect(result).toMatchObject({ paired: true, fields: [{ path: "$.n", mark: "both" }] });
    expect([v1.seen.length, v2.seen.length]).toEqual([2, 1]);
    const single = await sender.probe(GET, { ...TARGET, measuresNoise: false }, NEVER);
    expect(single).toMatchObject({ paired: false, fields: [{ path: "$.n", mark: "raw" }] });
    expect(single.legs?.secondary).toBeNull();
    expect([v1.seen.length, v2.seen.length]).toEqual([3, 2]);
  });

  it("carries its body with the right length to HTTP/1.1 and HTTP/2", async () => {
    const v1 = await start(() => ({}));
    const v2 = await start(() => ({}), "h2");
    const { sender } = senderFor(
      configOf(`
subsets: { v1: { url: "${v1.url}" }, v2: { url: "${v2.url}", protocol: h2 } }
routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v2 }] }]
`),
    );
    const body = new TextEncoder().encode('{"ä":1}');
    const headers = ["Host", "shop.example", "content-length", "3", "Content-Type", "application/json"];
    const post = { method: "POST", target: "/items", headers, body };
    const result = await sender.probe(post, { ...TARGET, measuresNoise: false }, NEVER);
    expect(result).toMatchObject({ failure: null, fields: [], statuses: { primary: 200, candidate: 200 } });
    for (const { seen } of [v1, v2]) {
      expect(seen.map(({ body: received, headers: fields }) => [received, fields["content-length"]])).toEqual([
        ['{"ä":1}', "8"],
      ]);
      expect(seen[0]?.headers["shadowdiff-probe"]).toBe("resend");
    }
    expect(v2.seen[0]?.headers[":authority"]).toBe("shop.example");
  });

  it("finds a candidate that is down as a difference, and a primary that is down as a failure", async () => {
    const [v1, v2] = [await start(() => ({ text: "ok" })), await start(() => ({ text: "ok" }))];
    const { sender, counts } = senderFor(configOf(`primary: v1=${v1.url}\ncandidate: v2=${v2.url}`));
    v2.stop();
    const refused = await sender.probe(GET, { ...TARGET, measuresNoise: false }, NEVER);
    expect(refused).toMatchObject({
      failure: null,
      statuses: { primary: 200, candidate: 0 },
      fields: [{ section: "transport", path: "$", kind: "transport", mark: "raw" }],
    });
    expect(refused.legs?.candidate).toMatchObject({ status: 0, failure: expect.stringContaining("ECONNREFUSED") });
    v1.stop();
    const nothing = await sender.probe(GET, { ...TARGET, purpose: "isolate" }, NEVER);
    expect(nothing.failure).toContain("the primary did not respond: connect ECONNREFUSED");
    expect(nothing.fields).toEqual([]);
    expect(await counts()).toEqual({ "v2 resend differ": 1, "v2 isolate fail": 1 });
  });

  it("says what is no longer configured, and sends nothing", async () => {
    const [v1, v2] = [await start(() => ({})), await start(() => ({}))];
    const { sender } = senderFor(configOf(`primary: v1=${v1.url}\ncandidate: v2=${v2.url}`));
    const reasons = await Promise.all([
      sender.probe(GET, { ...TARGET, route: "old" }, NEVER),
      sender.probe(GET, { ...TARGET, candidate: "v9" }, NEVER),
      sender.probe(GET, { ...TARGET, primary: "v0" }, NEVER),
    ]);
    expect(reasons.map(({ failure, legs }) => [failure, legs])).toEqual([
      ["there is no route old any more that forwards requests", null],
      ["the route default does not mirror to v9 any more", null],
      ["the route default has no primary v0 any more", null],
    ]);
    expect([...v1.seen, ...v2.seen]).toEqual([]);
  });

  it("ends at once when it is aborted", async () => {
    const v1 = await start(() => ({}));
    const { sender } = senderFor(configOf(`primary: v1=${v1.url}\ncandidate: v2=http://127.0.0.1:9`));
    await expect(sender.probe(GET, TARGET, AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
    const hanging = new AbortController();
    const slow = await start(() => {
      hanging.abort(new Error("enough"));
      return {};
    });
    const { sender: other, counts } = senderFor(configOf(`primary: v1=${v1.url}\ncandidate: v2=${slow.url}`));
    await expect(other.probe(GET, TARGET, hanging.signal)).rejects.toThrow("enough");
    expect(slow.seen).toHaveLength(1);
    expect(await counts()).toEqual({ "v2 resend fail": 1 });
  });
});
