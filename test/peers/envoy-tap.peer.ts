import { Client, credentials, status as Status } from "@grpc/grpc-js";
import { createServer } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { ask, askOften, bodies } from "../integration/istio-program.ts";
import { listening, stopServers, urlOf } from "../integration/echo.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";
import { call, startGrpc, type Unary } from "../proxy/grpc-service.ts";
import { startEnvoy } from "./envoy.ts";
import { writeConfig } from "./write-config.ts";

const REQUESTS = 300;
const PLANTED = 7;
const BODY = "x".repeat(200_000);
/** For copies that wait while this machine is busy. */
const SLOTS = ["--max-in-flight", "1000"];
const METHODS = ["--tap-method", "GET", "--tap-method", "POST"];

const started: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).toReversed()) await stop();
});

interface Version {
  readonly url: string;
  readonly port: number;
  /** `GET shop.test /path` */
  readonly seen: string[];
}

/** A version of a service; its responses to `/price` differ from those of the others. */
async function startVersion(price: number): Promise<Version> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let length = 0;
    request.on("data", (chunk: Buffer) => (length += chunk.length));
    request.on("end", () => {
      seen.push(`${request.method} ${request.headers.host} ${request.url}`);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(request.url === "/price" ? { price } : { url: request.url, length }));
    });
  });
  await listening(server);
  started.push(() => stopServers([server]));
  const url = urlOf(server);
  return { url, port: Number(new URL(url).port), seen };
}

/** Replies with the message, and to a planted one with its name. */
function grpcVersion(name: string): Unary {
  return (message) => ({ bytes: String(message) === "planted" ? Buffer.from(`planted ${name}`) : message });
}

async function startTap(args: readonly string[]): Promise<Shadowdiff> {
  const tap = await startShadowdiff({ args: [...args, "--tap", ...METHODS, ...SLOTS] });
  started.push(() => tap.stop());
  return tap;
}

interface Mirroring {
  readonly isSuffixed: boolean;
  readonly protocol?: "h2";
  readonly serviceProtocol?: "h2";
}

/** Envoy in production, which mirrors every request to the tap. */
async function startMirroringEnvoy(
  servicePort: number,
  tap: Shadowdiff,
  { isSuffixed, protocol, serviceProtocol }: Mirroring,
): Promise<string> {
  const policy = { cluster: "tap", disable_shadow_host_suffix_append: !isSuffixed };
  const route = { cluster: "service", request_mirror_policies: [policy] };
  const envoy = await startEnvoy({
    clusters: [
      { name: "service", port: servicePort, ...(serviceProtocol !== undefined && { protocol: serviceProtocol }) },
      { name: "tap", port: Number(new URL(tap.proxy).port), ...(protocol !== undefined && { protocol }) },
    ],
    virtualHosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route }] }],
  });
  started.push(envoy.stop);
  return envoy.url;
}

describe("Envoy that mirrors to a tap", () => {
  it.each([
    { name: "HTTP/1.1, -shadow", isSuffixed: true },
    { name: "HTTP/1.1, no suffix", isSuffixed: false },
    { name: "HTTP/2, -shadow", isSuffixed: true, protocol: "h2" as const },
    { name: "HTTP/2, no suffix", isSuffixed: false, protocol: "h2" as const },
  ])("$name: every request is compared once, and only the planted difference is found", async (mirroring) => {
    const [production, primary, candidate] = await Promise.all([startVersion(10), startVersion(10), startVersion(11)]);
    const tap = await startTap(["--primary", primary.url, "--candidate", candidate.url]);
    const envoy = await startMirroringEnvoy(production.port, tap, mirroring);
    const shop = { host: "shop.test:8080" };
    const same = await askOften(envoy, REQUESTS, { ...shop, path: "/stock" });
    expect(bodies(same)).toEqual({ '{"url":"/stock","length":0}': REQUESTS });
    const before = await tap.reportWhere((report) => isAtRest(report, REQUESTS));
    expect(before.accounting).toMatchObject({ received: REQUESTS, compared: REQUESTS, matched: REQUESTS, differed: 0 });

    for (let count = 0; count < PLANTED; count += 1) await ask(envoy, { ...shop, path: "/price" });
    const upload = await fetch(`${envoy}/upload`, { method: "POST", body: BODY });
    expect(await upload.json()).toEqual({ url: "/upload", length: BODY.length });
    const deleted = await ask(envoy, { ...shop, method: "DELETE", path: "/stock" });
    expect(deleted.status).toBe(200);

    const all = REQUESTS + PLANTED + 2;
    const { accounting, endpoints } = await tap.reportWhere((report) => isAtRest(report, all));
    expect({ ...accounting, skipped: accounting.skipped }).toMatchObject({
      received: all,
      mirrored: all - 1,
      compared: all - 1,
      matched: REQUESTS + 1,
      differed: PLANTED,
      notMirrored: { method: 1 },
    });
    const found = endpoints.flatMap(({ endpoint, differences }) =>
      differences.map(({ section, path, count }) => `${endpoint} ${section} ${path} ${count}`),
    );
    expect(found).toEqual([`GET /price body $.price ${PLANTED}`]);
    expect(primary.seen.filter((line) => line === "GET shop.test:8080 /stock")).toHaveLength(REQUESTS);
    expect(candidate.seen.toSorted()).toEqual(primary.seen.toSorted());
    expect(primary.seen.filter((line) => !line.startsWith("GET shop.test:8080"))).toEqual([
      `POST ${new URL(envoy).host} /upload`,
    ]);
    expect(production.seen).toHaveLength(all);
  });

  it("gRPC: every call is compared once, and a planted message is found", async () => {
    const [production, primary, candidate] = await Promise.all([
      startGrpc(grpcVersion("v1")),
      startGrpc(grpcVersion("v1")),
      startGrpc(grpcVersion("v2")),
    ]);
    started.push(...[production, primary, candidate].map((server) => () => server.stop()));
    const config = {
      subsets: { v1: { url: primary.url, protocol: "h2" }, v2: { url: candidate.url, protocol: "h2" } },
      routes: [{ primary: [{ subset: "v1" }], candidates: [{ subset: "v2" }] }],
    };
    const tap = await startTap(["--config", writeConfig(config)]);
    const envoy = await startMirroringEnvoy(Number(new URL(production.url).port), tap, {
      isSuffixed: true,
      protocol: "h2",
      serviceProtocol: "h2",
    });
    const client = new Client(new URL(envoy).host, credentials.createInsecure());
    started.push(() => client.close());
    const messages = [...Array.from({ length: 50 }, (_, index) => `call ${index}`), "planted", "planted"];
    const replies = await Promise.all(messages.map((message) => call(client, Buffer.from(message))));
    expect(replies.map(({ code, bytes }) => `${code} ${bytes?.toString()}`)).toEqual(
      messages.map((message) => `${Status.OK} ${message === "planted" ? "planted v1" : message}`),
    );
    const { accounting, endpoints } = await tap.reportWhere((report) => isAtRest(report, messages.length));
    expect(brokenInvariants(await tap.report())).toEqual([]);
    expect(accounting).toMatchObject({ received: 52, mirrored: 52, compared: 52, matched: 50, differed: 2 });
    expect(endpoints.map(({ endpoint, compared }) => [endpoint, compared])).toEqual([["POST /test.Echo/Unary", 52]]);
  });
});
