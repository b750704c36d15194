import { join } from "node:path";
import { startNginx } from "../integration/nginx.ts";
import { TestAuthority } from "../tools/certificates.ts";
import { freePort } from "../tools/free-port.ts";
import { requireTool } from "../tools/require-tool.ts";
import type { ExtraName } from "./exchanges.ts";
import { startProcess, type PeerProcess } from "./peer-process.ts";
import { APPS, IDLE_MS, versionFrom, type Peer, type RunningPeer } from "./peer.ts";

const NODE_EXTRAS: readonly ExtraName[] = [
  "chunkedUpload",
  "uploadTrailers",
  "early413",
  "early413Chunks",
  "expect413",
  "reason",
  "latin1",
  "earlyHints",
  "trailers",
  "untilClose",
  "pipelined",
  "asterisk",
  "http10Chunks",
];

export function startNodeService(certificate: readonly string[] = []): Promise<PeerProcess> {
  return startProcess({
    command: process.execPath,
    args: (port) => [join(APPS, "service.ts"), `${port}`, ...certificate],
  });
}

function node(scheme: "http" | "https"): Peer {
  return {
    name: `node:${scheme}`,
    version: () => process.versions.node,
    extras: NODE_EXTRAS,
    idleMs: IDLE_MS,
    async start() {
      if (scheme === "http") return startNodeService();
      const authority = new TestAuthority();
      const { certFile, keyFile } = authority.issue("node", "IP:127.0.0.1");
      const { port, stop } = await startNodeService([certFile, keyFile]);
      return { url: `https://127.0.0.1:${port}`, caFile: authority.caFile, stop: stopWith(stop, authority) };
    },
  };
}

function stopWith(stop: () => Promise<void>, authority: TestAuthority): () => Promise<void> {
  return async () => {
    await stop();
    authority.remove();
  };
}

/**
 * nginx in front of `node:http`; it refuses uploads itself, and closes without waiting for the rest of them. Over HTTP/2 it waits:
 * it would otherwise cut off the responses of other requests on the connection.
 */
function nginx(kind: "http" | "https" | "h2"): Peer {
  return {
    name: `nginx ${kind}`,
    version: () => versionFrom(requireTool("nginx"), ["-v"], /nginx\/([\d.]+)/),
    extras: ["chunkedUpload", "early413", "early413Chunks", "expect413", "reason", "latin1", "pipelined"],
    idleMs: IDLE_MS,
    ...(kind === "h2" && { protocol: "h2" as const }),
    async start(): Promise<RunningPeer> {
      const service = await startNodeService();
      const authority = new TestAuthority();
      const { certFile, keyFile } = authority.issue("nginx", "IP:127.0.0.1");
      const port = await freePort();
      const server = await startNginx(`
        listen 127.0.0.1:${port} ${kind === "h2" ? "http2" : "ssl"};
        ssl_certificate ${certFile}; ssl_certificate_key ${keyFile};
        proxy_buffer_size 16k; proxy_buffers 8 16k; keepalive_timeout 1s; keepalive_requests 7; lingering_close ${kind === "h2" ? "on" : "off"};
        location / {
          proxy_pass http://127.0.0.1:${service.port};
          proxy_http_version 1.1; proxy_set_header Host $host; proxy_set_header Connection "";
        }
        location = /reject { client_max_body_size 64k; proxy_pass http://127.0.0.1:${service.port}; }
      `);
      const stopAll = async (): Promise<void> => {
        await server.stop();
        await service.stop();
        authority.remove();
      };
      if (kind === "http") return { url: server.url, stop: stopAll };
      if (kind === "h2") return { url: server.url, upstreamUrl: `http://127.0.0.1:${port}`, stop: stopAll };
      return { url: `https://127.0.0.1:${port}`, caFile: authority.caFile, stop: stopAll };
    },
  };
}

export const NODE_AND_NGINX_PEERS: readonly Peer[] = [
  node("http"),
  node("https"),
  nginx("http"),
  nginx("https"),
  nginx("h2"),
];
