import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestAuthority } from "../tools/certificates.ts";
import { requireTool } from "../tools/require-tool.ts";
import { startEnvoy, typedConfig } from "./envoy.ts";
import type { ExtraName } from "./exchanges.ts";
import { startNodeService } from "./node-and-nginx-peers.ts";
import { startProcess } from "./peer-process.ts";
import { APPS, IDLE_MS, versionFrom, type Peer } from "./peer.ts";

/** Below the limits of requests that the servers refuse. */
const REJECT_BYTES = 65_536;
const APACHE_MODULES = ["mpm_event", "authz_core", "proxy", "proxy_http", "http2", "headers", "reqtimeout"];
const APACHE_EXTRAS: readonly ExtraName[] = ["chunkedUpload", "latin1", "reason", "pipelined", "earlyHints"];

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}

const PHP: Peer = {
  name: "PHP built-in server",
  version: () => versionFrom(requireTool("php"), ["--version"], /PHP ([\d.]+)/),
  extras: ["chunkedUpload", "latin1", "reason", "http10Chunks"],
  start: () =>
    startProcess({
      command: requireTool("php"),
      args: (port) => ["-q", "-S", `127.0.0.1:${port}`, join(APPS, "service.php")],
      env: { PHP_CLI_SERVER_WORKERS: "4" },
    }),
};

function go(kind: "http" | "h2"): Peer {
  return {
    name: `Go net/http ${kind === "h2" ? "HTTP/2 over TLS" : "HTTP/1.1"}`,
    version: () => versionFrom(requireTool("go"), ["version"], /go([\d.]+)/),
    extras: [
      "chunkedUpload",
      "uploadTrailers",
      "early413",
      "early413Chunks",
      "expect413",
      "latin1",
      "earlyHint",
      "trailers",
      "pipelined",
      "asterisk",
    ],
    idleMs: IDLE_MS,
    ...(kind === "h2" && { protocol: "h2" as const }),
    async start() {
      const directory = mkdtempSync(join(tmpdir(), "go-"));
      const program = join(directory, "service");
      const env = { GO111MODULE: "off", GOCACHE: join(tmpdir(), "go-build-peers") };
      run(requireTool("go"), ["build", "-o", program, join(APPS, "service.go")], env);
      if (kind === "http") return startProcess({ command: program, args: (port) => [`${port}`] });
      const authority = new TestAuthority();
      const { certFile, keyFile } = authority.issue("go", "IP:127.0.0.1");
      const { port, stop } = await startProcess({ command: program, args: (free) => [`${free}`, certFile, keyFile] });
      const stopAll = async (): Promise<void> => {
        await stop();
        authority.remove();
      };
      return { url: `https://127.0.0.1:${port}`, caFile: authority.caFile, stop: stopAll };
    },
  };
}

function tomcat(kind: "http" | "h2"): Peer {
  const jars = [requireTool("tomcat"), requireTool("tomcatAnnotations")];
  return {
    name: `Tomcat ${kind === "h2" ? "HTTP/2" : "HTTP/1.1"}`,
    version: () =>
      versionFrom(
        requireTool("java"),
        ["-cp", jars.join(":"), "org.apache.catalina.util.ServerInfo"],
        /Server number: +([\d.]+)/,
      ),
    extras: ["chunkedUpload", "early413", "early413Chunks", "expect413", "latin1", "trailers", "pipelined"],
    idleMs: IDLE_MS,
    ...(kind === "h2" && { protocol: "h2" as const }),
    start() {
      const directory = mkdtempSync(join(tmpdir(), "tomcat-"));
      run(requireTool("javac"), ["-nowarn", "-cp", jars.join(":"), "-d", directory, join(APPS, "Service.java")]);
      const classes = [directory, ...jars].join(":");
      return startProcess({ command: requireTool("java"), args: (port) => ["-cp", classes, "Service", `${port}`] });
    },
  };
}

/** Apache httpd in front of `node:http`. */
function apache(kind: "http" | "h2"): Peer {
  return {
    name: `Apache httpd ${kind === "h2" ? "HTTP/2" : "HTTP/1.1"}`,
    version: () => versionFrom(requireTool("apache"), ["-v"], /Apache\/([\d.]+)/),
    // Over HTTP/2, its own files ignore LimitRequestBody.
    extras: kind === "h2" ? APACHE_EXTRAS : [...APACHE_EXTRAS, "early413", "early413Chunks", "expect413"],
    idleMs: IDLE_MS,
    ...(kind === "h2" && { protocol: "h2" as const }),
    async start() {
      const service = await startNodeService();
      const directory = mkdtempSync(join(tmpdir(), "apache-"));
      const file = join(directory, "apache.conf");
      const server = await startProcess({
        command: requireTool("apache"),
        args(port) {
          writeFileSync(join(directory, "reject"), "");
          writeFileSync(file, apacheConfig(directory, port, service.url));
          return ["-f", file, "-DFOREGROUND"];
        },
      });
      const stop = async (): Promise<void> => {
        await server.stop();
        await service.stop();
      };
      return { url: server.url, stop };
    },
  };
}

function apacheConfig(directory: string, port: number, service: string): string {
  const modules = APACHE_MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so\n`);
  return `${modules.join("")}
    ServerRoot ${directory}
    ServerName service.test
    PidFile ${directory}/pid
    DefaultRuntimeDir ${directory}
    ErrorLog ${directory}/error.log
    Listen 127.0.0.1:${port}
    Protocols h2c http/1.1
    H2EarlyHints on
    KeepAliveTimeout 1
    MaxKeepAliveRequests 9
    ProxyPass /reject !
    ProxyPass / ${service}/
    ProxyPreserveHost On
    DocumentRoot ${directory}
    <Location /reject>
      LimitRequestBody ${REJECT_BYTES}
    </Location>`;
}

/** Envoy in front of `node:http`; it responds to some paths itself. */
function envoy(kind: "http" | "h2"): Peer {
  const buffer = { name: "envoy.filters.http.buffer" };
  return {
    name: `Envoy ${kind === "h2" ? "HTTP/2" : "HTTP/1.1"}`,
    version: () => versionFrom(requireTool("envoy"), ["--version"], /\/([\d.]+)\//),
    extras: [
      "chunkedUpload",
      "uploadTrailers",
      "early413",
      "early413Chunks",
      "expect413",
      "latin1",
      "pipelined",
      "trailers",
    ],
    idleMs: IDLE_MS,
    ...(kind === "h2" && { protocol: "h2" as const }),
    async start() {
      const service = await startNodeService();
      const limited = { buffer: { max_request_bytes: REJECT_BYTES } };
      const server = await startEnvoy({
        clusters: [{ name: "service", port: service.port }],
        idleTimeout: `${IDLE_MS / 1_000}s`,
        filters: [
          {
            ...buffer,
            disabled: true,
            typed_config: typedConfig("filters.http.buffer.v3.Buffer", { max_request_bytes: 1 }),
          },
        ],
        virtualHosts: [
          {
            name: "all",
            domains: ["*"],
            routes: [
              {
                match: { path: "/reject" },
                route: { cluster: "service" },
                typed_per_filter_config: {
                  [buffer.name]: typedConfig("filters.http.buffer.v3.BufferPerRoute", limited),
                },
              },
              { match: { path: "/error" }, direct_response: { status: 500, body: { inline_string: "broken\n" } } },
              { match: { prefix: "/" }, route: { cluster: "service" } },
            ],
          },
        ],
      });
      const stop = async (): Promise<void> => {
        await server.stop();
        await service.stop();
      };
      return { url: server.url, stop };
    },
  };
}

export const PHP_AND_GO_PEERS: readonly Peer[] = [PHP, go("http"), go("h2")];
export const TOMCAT_PEERS: readonly Peer[] = [tomcat("http"), tomcat("h2")];
export const APACHE_PEERS: readonly Peer[] = [apache("http"), apache("h2")];
export const ENVOY_PEERS: readonly Peer[] = [envoy("http"), envoy("h2")];
