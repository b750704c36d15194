import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../tools/free-port.ts";
import { findTool } from "../tools/require-tool.ts";

/** A service that costs as little as possible, so that what stands before it can be measured. */
export interface Upstream {
  /** Which server it is. */
  readonly kind: "nginx" | "node";
  /** Always the same answer. */
  readonly same: string;
  /** The same answer again, under another address. */
  readonly twin: string;
  /** An answer with one other value in each response. */
  readonly differing: string;
  stop(): Promise<void>;
}

const PATIENCE_MS = 10_000;
const POLL_MS = 50;

/** The JSON that is served, about `bytes` long, with this id in it. */
export function upstreamBody(bytes: number, id: string): string {
  const items: { id: number; name: string; price: number; tags: string[] }[] = [];
  const body = { request: id, items };
  while (JSON.stringify(body).length < bytes) {
    const id = items.length;
    items.push({ id, name: `item number ${id}`, price: 9.5 + id, tags: ["first", "second"] });
  }
  return JSON.stringify(body);
}

/** Starts Debian's nginx, or a small server of Node when it is not there. */
export async function startUpstream(bytes: number): Promise<Upstream> {
  const ports: [number, number, number] = [await freePort(), await freePort(), await freePort()];
  const nginx = findTool("nginx");
  const directory = mkdtempSync(join(tmpdir(), "bench-upstream-"));
  const child =
    nginx === undefined
      ? fork(join(import.meta.dirname, "upstream-server.ts"), [String(bytes), ...ports.map(String)], { execArgv: [] })
      : startNginx(nginx, directory, bytes, ports);
  const [same, twin, differing] = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string, string];
  await answering(differing, child);
  return {
    kind: nginx === undefined ? "node" : "nginx",
    same,
    twin,
    differing,
    async stop() {
      const exit = once(child, "exit");
      if (child.exitCode === null && child.kill("SIGTERM")) await exit;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function startNginx(
  nginx: string,
  directory: string,
  bytes: number,
  ports: readonly [number, number, number],
): ChildProcess {
  const server = (port: number, id: string): string => `
    server {
      listen 127.0.0.1:${port} backlog=1024;
      location / { return 200 '${upstreamBody(bytes, id)}'; }
    }`;
  const config = join(directory, "nginx.conf");
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${directory}/nginx.pid; error_log stderr crit;
    events { worker_connections 1024; }
    http {
      access_log off; default_type application/json; keepalive_requests 1000000000;
      client_body_temp_path ${directory}; proxy_temp_path ${directory}; fastcgi_temp_path ${directory};
      uwsgi_temp_path ${directory}; scgi_temp_path ${directory};
      ${server(ports[0], "same")} ${server(ports[1], "same")} ${server(ports[2], "$request_id")}
    }\n`,
  );
  return spawn(nginx, ["-c", config, "-p", directory], { stdio: ["ignore", "inherit", "inherit"] });
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    const answered = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  child.kill("SIGTERM");
  throw new Error("the upstream of the benchmark did not start");
}
