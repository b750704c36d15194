import { fork, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { freePort } from "../tools/free-port.ts";
import { findProgram, requireTool } from "../tools/require-tool.ts";
import { endChild, waitForResponse } from "./child.ts";
import { proxyingServer, type TlsFiles, writeNginxConfig } from "./nginx.ts";
import { startShadowdiff, type Shadowdiff, type ShadowdiffOptions } from "./shadowdiff.ts";
import type { SecureUpstream, Upstream } from "./upstream.ts";

/** A server under load: the upstream itself, or a proxy in front of it. */
export interface Contender {
  readonly url: string;
  /** Root of the process tree that is measured. */
  readonly pid: number;
  /** The running shadowdiff, if the contender is one. */
  readonly shadowdiff?: Shadowdiff | undefined;
  stop(): Promise<void>;
}

export interface ContenderPlan {
  readonly name: string;
  readonly start: (upstream: Upstream) => Promise<Contender>;
}

const NO_MIRROR = ["--percent", "0"];

/** In the order of their turns. */
export const CONTENDERS: readonly ContenderPlan[] = [
  { name: "direct", start: ({ same, pid }) => Promise.resolve({ url: same, pid, stop: () => Promise.resolve() }) },
  { name: "nginx", start: ({ same }) => startNginx(same, null, null) },
  { name: "nginx-mirror", start: ({ same, twin }) => startNginx(same, twin, null) },
  { name: "haproxy", start: ({ same }) => startHaproxy(same) },
  { name: "fastify-http-proxy", start: ({ same }) => startPeer("fastify-http-proxy.ts", same) },
  { name: "http-proxy-3", start: ({ same }) => startPeer("http-proxy-3.ts", same) },
  { name: "undici-dispatch", start: ({ same }) => startPeer("undici-dispatch.ts", same) },
  ...shadowdiffPlans(),
  { name: "nginx-https", start: (upstream) => startNginx(secureOf(upstream).same, null, secureOf(upstream)) },
  {
    name: "nginx-mirror-https",
    start: (upstream) => startNginx(secureOf(upstream).same, secureOf(upstream).twin, secureOf(upstream)),
  },
  ...securePlans(),
];

/** The program of another checkout as contenders, named `shadowdiff@NAME` and so on. @param directory its root, after `npm ci` */
export function checkoutPlans(directory: string): readonly ContenderPlan[] {
  const program = join(directory, "src/shadowdiff.js");
  return [...shadowdiffPlans(program), ...securePlans(program)].map(({ name, start }) => ({
    name: `${name}@${basename(directory)}`,
    start,
  }));
}

function shadowdiffPlans(program?: string): readonly ContenderPlan[] {
  return [
    { name: "shadowdiff", start: ({ same, twin }) => startOurs(same, twin, { flags: NO_MIRROR, program }) },
    { name: "shadowdiff-equal", start: ({ same, twin }) => startOurs(same, twin, { program }) },
    { name: "shadowdiff-differing", start: ({ same, differing }) => startOurs(same, differing, { program }) },
    {
      name: "shadowdiff-two-threads",
      start: ({ same, twin }) => startOurs(same, twin, { flags: ["--threads-proxy", "2"], program }),
    },
  ];
}

/** With https upstreams and an https listener. */
function securePlans(program?: string): readonly ContenderPlan[] {
  const start = (upstream: Upstream, flags: readonly string[]): Promise<Contender> => {
    const { same, twin, certificate, caFile } = secureOf(upstream);
    const listener = ["--listen-tls-cert", certificate.certFile, "--listen-tls-key", certificate.keyFile];
    return startOurs(same, twin, { flags: [...listener, ...flags], program, env: { NODE_EXTRA_CA_CERTS: caFile } });
  };
  return [
    { name: "shadowdiff-https", start: (upstream) => start(upstream, NO_MIRROR) },
    { name: "shadowdiff-equal-https", start: (upstream) => start(upstream, []) },
  ];
}

function secureOf({ secure }: Upstream): SecureUpstream {
  if (secure === null) throw new Error("https needs nginx");
  return secure;
}

/** Not a required tool of the tests, because only this benchmark uses it. */
export const HAPROXY_MISSING =
  "haproxy is not installed: run apt-get install -y --no-install-recommends haproxy, or choose others with --only";

export function findHaproxy(): string | undefined {
  return findProgram(["haproxy"]);
}

async function startOurs(
  primary: string,
  candidate: string,
  { flags = [], ...others }: ShadowdiffOptions,
): Promise<Contender> {
  const methods = ["--method", "GET", "--method", "POST"];
  const shadowdiff = await startShadowdiff(primary, candidate, { ...others, flags: [...methods, ...flags] });
  return { url: shadowdiff.url, pid: shadowdiff.pid, shadowdiff, stop: () => shadowdiff.stop() };
}

function startNginx(primary: string, mirror: string | null, tls: TlsFiles | null): Promise<Contender> {
  return started(
    (port, directory) =>
      spawn(requireTool("nginx"), writeNginxConfig(directory, proxyingServer(port, primary, mirror, tls)), {
        stdio: ["ignore", "inherit", "inherit"],
      }),
    tls === null ? "http" : "https",
  );
}

function startHaproxy(primary: string): Promise<Contender> {
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

function startPeer(file: string, primary: string): Promise<Contender> {
  const path = join(import.meta.dirname, "peers", file);
  return started((port) =>
    fork(path, [String(port), primary], { execArgv: [], env: { ...process.env, NODE_ENV: "production" } }),
  );
}

async function started(
  start: (port: number, directory: string) => ChildProcess,
  scheme: "http" | "https" = "http",
): Promise<Contender> {
  const directory = mkdtempSync(join(tmpdir(), "bench-"));
  const port = await freePort();
  const url = `${scheme}://127.0.0.1:${port}`;
  const child = start(port, directory);
  await waitForResponse(url, child);
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      await endChild(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
