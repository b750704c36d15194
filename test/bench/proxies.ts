import { fork, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEnvoy } from "../peers/envoy.ts";
import { freePort } from "../tools/free-port.ts";
import { findProgram, requireTool } from "../tools/require-tool.ts";
import { endChild, waitForResponse } from "./child.ts";
import { proxyingServer, type TlsFiles, writeNginxConfig } from "./nginx.ts";
import type { Shadowdiff } from "./shadowdiff.ts";
import type { Protocol } from "./shapes.ts";
import type { Upstream } from "./upstream.ts";

/** A server under load: the upstream itself, or a proxy in front of it. */
export interface Contender {
  readonly url: string;
  /** Root of the process tree that is measured. */
  readonly pid: number;
  /** The running shadowdiff, if the contender is one. */
  readonly shadowdiff?: Shadowdiff | undefined;
  stop(): Promise<void>;
}

interface NginxOptions {
  readonly protocol?: Protocol | undefined;
  readonly tls?: TlsFiles | null | undefined;
}

/** Not a required tool of the tests, because only this benchmark uses it. */
export const HAPROXY_MISSING =
  "haproxy is not installed: run apt-get install -y --no-install-recommends haproxy, or choose others with --only";

export function findHaproxy(): string | undefined {
  return findProgram(["haproxy"]);
}

export function startNginx(
  primary: string,
  mirror: string | null,
  { protocol = "http1", tls = null }: NginxOptions = {},
): Promise<Contender> {
  return started(
    (port, directory) => {
      const args = writeNginxConfig(directory, proxyingServer({ port, protocol, tls }, primary, mirror));
      return spawn(requireTool("nginx"), args, { stdio: ["ignore", "inherit", "inherit"] });
    },
    tls === null ? "http" : "https",
    protocol,
  );
}

/** Starts Envoy with `request_mirror_policies`. */
export async function startEnvoyMirror({ same, twin, protocol }: Upstream): Promise<Contender> {
  const clusters = [
    { name: "primary", url: same },
    { name: "candidate", url: twin },
  ].map(({ name, url }) => {
    const port = Number(new URL(url).port);
    return protocol === "grpc" ? { name, port, protocol: "h2" as const } : { name, port };
  });
  const route = { cluster: "primary", request_mirror_policies: [{ cluster: "candidate" }] };
  const virtualHosts = [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route }] }];
  return startEnvoy({ clusters, virtualHosts });
}

export function startHaproxy(primary: string): Promise<Contender> {
  const haproxy = findHaproxy();
  if (haproxy === undefined) throw new Error(HAPROXY_MISSING);
  return started((port, directory) => {
    const config = join(directory, "haproxy.cfg");
    writeFileSync(
      config,
      `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend clients
  bind 127.0.0.1:${port}
  default_backend service
backend service
  server primary ${new URL(primary).host}\n`,
    );
    return spawn(haproxy, ["-db", "-q", "-f", config], { stdio: ["ignore", "inherit", "inherit"] });
  });
}

/** @param file in the folder `peers` */
export function startPeer(file: string, primary: string): Promise<Contender> {
  const path = join(import.meta.dirname, "peers", file);
  return started((port) =>
    fork(path, [String(port), primary], { execArgv: [], env: { ...process.env, NODE_ENV: "production" } }),
  );
}

async function started(
  start: (port: number, directory: string) => ChildProcess,
  scheme: "http" | "https" = "http",
  protocol: Protocol = "http1",
): Promise<Contender> {
  const directory = mkdtempSync(join(tmpdir(), "bench-"));
  const port = await freePort();
  const url = `${scheme}://127.0.0.1:${port}`;
  const child = start(port, directory);
  await waitForResponse(url, child, protocol);
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      await endChild(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
