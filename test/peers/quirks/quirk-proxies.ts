import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startShadowdiff } from "../../integration/shadowdiff.ts";
import { requireTool } from "../../tools/require-tool.ts";
import { startEnvoy } from "../envoy.ts";
import { startProcess, type PeerProcess } from "../peer-process.ts";

/** All proxies accept response heads of this size and number of fields, which is more than their defaults. */
const HEAD_BYTES = 256 * 1024;
const MAX_FIELDS = 4_000;

/** A proxy in front of one upstream on loopback. */
export type QuirkProxy = Pick<PeerProcess, "port" | "stop">;

/** In the order of the columns of the table. No proxy uses an upstream connection twice, because the upstream closes each. */
export const QUIRK_PROXIES: Readonly<Record<string, (upstreamPort: number) => Promise<QuirkProxy>>> = {
  nginx: startNginx,
  HAProxy: startHaproxy,
  Envoy: (upstreamPort) =>
    startEnvoy({
      clusters: [
        {
          name: "upstream",
          port: upstreamPort,
          limits: {
            max_headers_count: MAX_FIELDS,
            max_response_headers_kb: HEAD_BYTES / 1024,
            max_requests_per_connection: 1,
          },
        },
      ],
      virtualHosts: [
        { name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "upstream" } }] },
      ],
    }),
  shadowdiff: startOwn,
};

/** Without a mirror. */
export async function startOwn(upstreamPort: number): Promise<QuirkProxy> {
  const url = `http://127.0.0.1:${upstreamPort}`;
  const program = await startShadowdiff({ args: ["--primary", url, "--candidate", url, "--percent", "0"] });
  return { port: Number(new URL(program.proxy).port), stop: async () => void (await program.stop()) };
}

function startNginx(upstreamPort: number): Promise<QuirkProxy> {
  const directory = mkdtempSync(join(tmpdir(), "nginx-quirks-"));
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${directory};`);
  const buffers = `proxy_buffer_size ${HEAD_BYTES}; proxy_buffers 8 ${HEAD_BYTES}; proxy_busy_buffers_size ${HEAD_BYTES};`;
  const proxying = `proxy_pass http://127.0.0.1:${upstreamPort}; proxy_http_version 1.1; proxy_set_header Connection "";`;
  return startProcess({
    command: requireTool("nginx"),
    args: (port) => {
      const file = join(directory, "nginx.conf");
      writeFileSync(
        file,
        `daemon off; pid ${directory}/nginx.pid; error_log ${directory}/error.log; worker_processes 1; user root;
         events { worker_connections 512; }
         http { access_log off; ${paths.join(" ")}
           server { listen 127.0.0.1:${port}; location / { ${proxying} ${buffers} } } }`,
      );
      return ["-e", `${directory}/error.log`, "-p", directory, "-c", file];
    },
  });
}

function startHaproxy(upstreamPort: number): Promise<QuirkProxy> {
  const file = join(mkdtempSync(join(tmpdir(), "haproxy-quirks-")), "haproxy.cfg");
  return startProcess({
    command: requireTool("haproxy"),
    args: (port) => {
      writeFileSync(
        file,
        `global
  tune.bufsize ${HEAD_BYTES}
  tune.http.maxhdr ${MAX_FIELDS}
defaults
  mode http
  http-reuse never
  timeout connect 5s
  timeout client 10s
  timeout server 10s
listen quirks
  bind 127.0.0.1:${port}
  server upstream 127.0.0.1:${upstreamPort}\n`,
      );
      return ["-db", "-f", file];
    },
  });
}
