import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Connections are reused without a limit; by default nginx closes them after 1,000 requests. */
const ENDLESS = "keepalive_requests 1000000000;";

/** nginx refuses words of 4,096 bytes. Only the beginning can contain a variable, and it is never split. */
const LONGEST_WORD = 3_000;

/**
 * Writes the configuration of an nginx with one worker that keeps all its files in one folder and logs no requests.
 * @param http content of the `http { … }` block
 * @returns the arguments to start nginx with
 */
export function writeNginxConfig(directory: string, http: string): readonly string[] {
  const config = join(directory, "nginx.conf");
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${directory};`);
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${directory}/nginx.pid; error_log stderr crit;
    worker_rlimit_nofile 16384;
    events { worker_connections 8192; }
    http { access_log off; ${ENDLESS} ${paths.join(" ")}
    ${http}
    }\n`,
  );
  return ["-c", config, "-p", directory];
}

/** A server block that responds to every request with the same text, which can contain variables but no single quotes. */
export function respondingServer(port: number, body: string): string {
  const pieces = Array.from({ length: Math.ceil(body.length / LONGEST_WORD) }, (_, index) =>
    body.slice(index * LONGEST_WORD, (index + 1) * LONGEST_WORD),
  );
  const settings = pieces.map((piece, index) => `set $piece_${index} '${piece}';`);
  const names = pieces.map((_, index) => `$piece_${index}`);
  const directive =
    pieces.length === 1 ? `return 200 '${body}';` : `${settings.join("\n")} return 200 "${names.join("")}";`;
  return `server {
      listen 127.0.0.1:${port} backlog=1024;
      default_type application/json;
      location / { ${directive} }
    }`;
}

/** A proxy block that keeps its upstream connections open, as nginx's documentation of `keepalive` recommends. */
export function proxyingServer(port: number, primary: string, mirror?: string): string {
  const keptOpen = `proxy_http_version 1.1; proxy_set_header Connection "";`;
  const mirroring = `location = /mirror { internal; proxy_pass http://candidate$request_uri; ${keptOpen} }`;
  return `
    ${upstreamGroup("primary", primary)} ${mirror === undefined ? "" : upstreamGroup("candidate", mirror)}
    server {
      listen 127.0.0.1:${port} backlog=1024;
      location / { ${mirror === undefined ? "" : "mirror /mirror;"} proxy_pass http://primary; ${keptOpen} }
      ${mirror === undefined ? "" : mirroring}
    }`;
}

function upstreamGroup(name: string, url: string): string {
  return `upstream ${name} { server ${new URL(url).host}; keepalive 64; ${ENDLESS} }`;
}
