import { Client, credentials, status as Status, type ServiceError } from "@grpc/grpc-js";
import { once } from "node:events";
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { TestAuthority } from "../tools/certificates.ts";
import { ask, askOften, bodies, type ReceivedResponse, World } from "./istio-program.ts";
import { brokenInvariants, isAtRest } from "./shadowdiff.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterEach(async () => world.reset());
afterAll(() => world?.stop());

const same = (bytes: Buffer): Buffer => bytes;
function service(http: string): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: httpbin }
spec:
  hosts: [httpbin]
  http:
${http}`;
}

const KEYS = ["httpbin/v1", "httpbin/v2", "httpbin/v3"];
const to = (...weights: readonly (readonly [string, number])[]): string =>
  `    - route:\n${weights.map(([subset, weight]) => `        - { destination: { host: httpbin, subset: ${subset} }, weight: ${weight} }\n`).join("")}`;
const mirrorTo = (subset: string): string => `      mirror: { host: httpbin, subset: ${subset} }\n`;

describe("an edited VirtualService", () => {
  it("is reloaded under load: no request fails, its warnings are logged, and a new candidate is counted from zero", async () => {
    const file = join(world.folder, "vs.yaml");
    writeFileSync(file, service(to(["v1", 100], ["v2", 0]) + mirrorTo("v3")));
    const started = await world.serve([file], KEYS);
    const responses: ReceivedResponse[] = [];
    const going = new AbortController();
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!going.signal.aborted) responses.push(await ask(started.proxy, { path: "/load", host: "httpbin" }));
      }),
    );
    await expect.poll(() => responses.length).toBeGreaterThan(50);

    writeFileSync(`${file}.new`, service(to(["v1", 0], ["v3", 50]) + mirrorTo("v2") + "      mirrorPercent: 0.0001\n"));
    renameSync(`${file}.new`, file);
    const reloads = () => started.metric("shadowdiff_config_reload_total", { result: "success" });
    await expect.poll(reloads).toBe(1);
    const after = await askOften(started.proxy, 20, { path: "/after", host: "httpbin" });
    going.abort();
    await load;
    expect(bodies(after)).toEqual({ v3: 20 });
    expect(responses.filter(({ status }) => status !== 200)).toEqual([]);
    const { v1 = 0, v3 = 0, ...others } = bodies(responses);
    expect([v1 > 50, v3 > 0, others]).toEqual([true, true, {}]);

    expect(started.stderr()).toMatch(
      /vs\.yaml:7:7 VirtualService\/httpbin spec\.http\[0\]\.route: the weights add up to 50, not 100; the shares are 0%, 100%/,
    );
    expect(started.stderr()).toMatch(
      /vs\.yaml:11:7 VirtualService\/httpbin spec\.http\[0\]\.mirrorPercent: Istio requires a whole number/,
    );
    const text = async (): Promise<string> => (await fetch(`${started.admin}/metrics`)).text();
    await expect.poll(text).toContain('shadowdiff_mirror_dropped_total{candidate="v2",reason="bytes"} 0');
    await expect.poll(text).toContain('shadowdiff_comparisons_total{route="httpbin",candidate="v2",result="differ"} 0');
    await expect.poll(text).toContain('shadowdiff_breaker_open{route="httpbin",candidate="v2"} 0');
  });
});

describe("a tap with Istio documents", () => {
  it("responds 202 and sends each request to the version of the route and to its mirror", async () => {
    const file = join(world.folder, "vs.yaml");
    writeFileSync(
      file,
      service(
        `    - match: [{ uri: { prefix: /a } }]\n${to(["v1", 1]).replace("    - route", "      route")}${mirrorTo("v2")}`,
      ),
    );
    const started = await world.serve([file], KEYS, ["--tap"]);
    // As a service mesh mirrors it.
    const responses = await askOften(started.proxy, 20, { path: "/a/1", host: "httpbin-shadow:8000" });
    expect(bodies(responses)).toEqual({ "202": 20 });
    expect(bodies(await askOften(started.proxy, 5, { path: "/b", host: "httpbin-shadow" }))).toEqual({ "202": 5 });
    const report = await started.reportWhere((now) => isAtRest(now, 25));
    expect(report.accounting).toMatchObject({ received: 25, mirrored: 20, notMirrored: { route: 5 } });
    expect(world.seen()).toEqual([20, 20, 0]);
    expect(new Set(world.versions.flatMap((version) => version.seen.map(({ headers }) => headers.host)))).toEqual(
      new Set(["httpbin:8000"]),
    );
  });
});

describe("a fault of a VirtualService", () => {
  it("with a grpcStatus ends gRPC calls with that status, and other requests with the equivalent HTTP status", async () => {
    const file = join(world.folder, "vs.yaml");
    const fault = "      fault: { abort: { percentage: { value: 100 }, grpcStatus: RESOURCE_EXHAUSTED } }\n";
    writeFileSync(file, service(to(["v1", 1]) + fault).replace("hosts: [httpbin]", 'hosts: ["*"]'));
    const started = await world.serve([file], KEYS);
    const client = new Client(new URL(started.proxy).host, credentials.createInsecure());
    const error = await new Promise<ServiceError | null>((resolve) => {
      client.makeUnaryRequest("/test.Echo/Unary", same, same, Buffer.from("x"), (failure) => resolve(failure));
    });
    client.close();
    expect([error?.code, error?.details]).toEqual([Status.RESOURCE_EXHAUSTED, "The configuration injects this fault."]);
    expect(await ask(started.proxy, { path: "/", host: "any" })).toMatchObject({ status: 429 });
    expect(world.seen()).toEqual([0, 0, 0]);
  });
});

describe("a candidate that is gone", () => {
  it("receives few requests, fails the verdict, and has its breaker in the API", async () => {
    const file = join(world.folder, "vs.yaml");
    writeFileSync(file, service(to(["v1", 1]) + mirrorTo("gone")));
    const started = await world.serve([file], KEYS, [
      "--address",
      "httpbin/gone=http://127.0.0.1:1",
      "--breaker-open",
      "60s",
    ]);
    const responses = await askOften(started.proxy, 200, { path: "/x", host: "httpbin" });
    expect(bodies(responses)).toEqual({ v1: 200 });
    const report = await started.reportWhere((now) => isAtRest(now, 200));
    const { mirrored, dropped, differed } = report.accounting;
    // Up to eight are in flight when the fifth fails.
    expect(mirrored).toBeGreaterThanOrEqual(5);
    expect(mirrored).toBeLessThanOrEqual(12);
    expect([differed, dropped]).toEqual([mirrored, { breaker: 200 - mirrored }]);
    expect(brokenInvariants(report)).toEqual([]);
    expect(report.verdict).toBe("fail");
    expect(report.reasons.at(-1)).toMatch(/dropped before mirroring: breaker \d+$/);
    const breaker = async (): Promise<unknown> => {
      const { candidates } = await started.get<{ readonly candidates: readonly { readonly breaker: unknown }[] }>(
        "/api/v1/control",
      );
      return candidates[0]?.breaker;
    };
    await expect.poll(breaker).toEqual({ state: "open", failures: mirrored, opens: 1 });
  });
});

describe("TLS of a DestinationRule", () => {
  let authority: TestAuthority;
  let server: Server;
  beforeAll(async () => {
    authority = new TestAuthority();
    const { certFile, keyFile } = authority.issue("service", "DNS:service.test");
    server = createServer(
      {
        cert: readFileSync(certFile),
        key: readFileSync(keyFile),
        ca: readFileSync(authority.caFile),
        requestCert: true,
        rejectUnauthorized: true,
      },
      ({ socket }, response) => response.end((socket as TLSSocket).getPeerCertificate().subject.CN),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    authority.remove();
  });

  const rule = (certFile: string, keyFile: string): string => `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: httpbin }
spec:
  host: httpbin
  trafficPolicy:
    tls:
      mode: MUTUAL
      sni: service.test
      clientCertificate: ${certFile}
      privateKey: ${keyFile}
      caCertificates: ${authority.caFile}
`;

  it("presents the client certificate for MUTUAL, and a renewed one after a reload, without a failed request", async () => {
    const [first, renewed] = [authority.issue("first", "DNS:a.test"), authority.issue("renewed", "DNS:a.test")];
    const file = join(world.folder, "vs.yaml");
    const { port } = server.address() as AddressInfo;
    writeFileSync(
      file,
      `${service("    - route: [{ destination: { host: httpbin } }]\n")}---\n${rule(first.certFile, first.keyFile)}`,
    );
    const started = await world.serve([file], [], ["--address", `httpbin=https://127.0.0.1:${port}`]);
    const asked = { path: "/", host: "httpbin" };
    expect(bodies(await askOften(started.proxy, 20, asked))).toEqual({ first: 20 });

    copyFileSync(renewed.certFile, first.certFile);
    copyFileSync(renewed.keyFile, first.keyFile);
    started.process.kill("SIGHUP");
    const reloads = () => started.metric("shadowdiff_config_reload_total", { result: "success" });
    await expect.poll(reloads).toBe(1);
    expect(bodies(await askOften(started.proxy, 20, asked))).toEqual({ renewed: 20 });

    rmSync(first.keyFile);
    started.process.kill("SIGHUP");
    const refusals = () => started.metric("shadowdiff_config_reload_total", { result: "failure" });
    await expect.poll(refusals).toBe(1);
    expect(started.stderr()).toContain(`${first.keyFile} cannot be read: ENOENT`);
    expect(bodies(await askOften(started.proxy, 20, asked))).toEqual({ renewed: 20 });
  });
});
