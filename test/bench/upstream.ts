import { fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestAuthority } from "../tools/certificates.ts";
import { freePort } from "../tools/free-port.ts";
import { findTool } from "../tools/require-tool.ts";
import { endChild, waitForResponse } from "./child.ts";
import { respondingServer, TLS_NAME, type TlsFiles, writeNginxConfig } from "./nginx.ts";
import { GRPC_RESPONSE, jsonBody, type Protocol, type Shape } from "./shapes.ts";

/** The versions of a service behind the proxies. */
export interface Upstream {
  /** What clients speak. */
  readonly protocol: Protocol;
  /** Root of its process tree. */
  readonly pid: number;
  /** URL for clients that use no proxy. */
  readonly direct: string;
  /** URL of the primary. */
  readonly same: string;
  /** URL of a candidate that sends the same response. */
  readonly twin: string;
  /** URL of a secondary that sends the same response. */
  readonly third: string;
  /** URL of a candidate whose responses differ in one value each. */
  readonly differing: string;
  /** The first two under TLS; null without it. */
  readonly secure: SecureUpstream | null;
  stop(): Promise<void>;
}

export interface SecureUpstream extends TlsFiles {
  readonly same: string;
  readonly twin: string;
}

/** Starts what the requests of this shape need. */
export function upstreamOf({ response, protocol }: Shape): Promise<Upstream> {
  return response === "service" ? startService() : startUpstream(response, protocol);
}

/**
 * Starts a service that is as cheap as possible, so that the proxy in front of it can be measured: Debian's nginx, or without it a
 * small Node server, which has no HTTP/2. It responds to every method with `bytes` of JSON, or with a message of gRPC.
 */
export async function startUpstream(bytes: number, protocol: Protocol = "http1"): Promise<Upstream> {
  const nginx = findTool("nginx");
  const [direct, ...ports] = (await freePorts(5)) as [number, number, number, number, number];
  if (nginx === undefined) {
    const file = join(import.meta.dirname, "upstream-server.ts");
    const child = fork(file, [String(bytes), ...ports.map(String)], { execArgv: [] });
    const urls = urlsOf(ports);
    await waitForResponse(urls.differing, child);
    return { ...urls, protocol, pid: child.pid ?? 0, direct: urls.same, secure: null, stop: () => endChild(child) };
  }
  const directory = mkdtempSync(join(tmpdir(), "bench-upstream-"));
  const authority = new TestAuthority();
  const secure = await secureUpstream(authority);
  const isGrpc = protocol === "grpc";
  const bodies = ["same", "same", "same", "$request_id"].map((id) => (isGrpc ? GRPC_RESPONSE : jsonBody(bytes, id)));
  const body = bodies[0] as string;
  const servers = [
    respondingServer({ port: direct, protocol, tls: null }, body),
    ...ports.map((port, index) =>
      respondingServer({ port, protocol: isGrpc ? "grpc" : "http1", tls: null }, bodies[index] as string),
    ),
    ...[secure.same, secure.twin].map((url) =>
      respondingServer({ port: Number(new URL(url).port), tls: secure }, body),
    ),
  ];
  const args = writeNginxConfig(directory, servers.join("\n"));
  const child = spawn(nginx, args, { stdio: ["ignore", "inherit", "inherit"] });
  const url = `http://127.0.0.1:${direct}`;
  await waitForResponse(url, child, protocol);
  return {
    ...urlsOf(ports),
    protocol,
    pid: child.pid ?? 0,
    direct: url,
    secure,
    async stop() {
      await endChild(child);
      authority.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Starts a Node service as users have: each role is a process that takes 2 ms and responds with 5 KB, partly noisy. */
async function startService(): Promise<Upstream> {
  const ports = (await freePorts(3)) as [number, number, number];
  const child = fork(join(import.meta.dirname, "realistic-service.ts"), ports.map(String), { execArgv: [] });
  const { same, twin, third } = urlsOf([...ports, ports[1]]);
  for (const url of [same, twin, third]) await waitForResponse(url, child);
  return {
    protocol: "http1",
    pid: child.pid ?? 0,
    direct: same,
    same,
    twin,
    third,
    differing: twin,
    secure: null,
    stop: () => endChild(child),
  };
}

function urlsOf(ports: readonly number[]): Pick<Upstream, "same" | "twin" | "third" | "differing"> {
  const [same = "", twin = "", third = "", differing = ""] = ports.map((port) => `http://127.0.0.1:${port}`);
  return { same, twin, third, differing };
}

function freePorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => freePort()));
}

async function secureUpstream(authority: TestAuthority): Promise<SecureUpstream> {
  const certificate = authority.issue("bench", `DNS:${TLS_NAME},IP:127.0.0.1`);
  const [same = "", twin = ""] = (await freePorts(2)).map((port) => `https://127.0.0.1:${port}`);
  return { same, twin, certificate, caFile: authority.caFile };
}
