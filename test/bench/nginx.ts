import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CertificateFiles } from "../tools/certificates.ts";

/** Connections are reused without a limit; by default nginx closes them after 1,000 requests. */
const ENDLESS = "keepalive_requests 1000000000;";

/** A name in the certificates. */
export const TLS_NAME = "localhost";

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

/** Files for TLS: the server's own certificate, and the authority that its upstreams are verified with. */
export interface TlsFiles {
  readonly certificate: CertificateFiles;
  readonly caFile: string;
}

/**
 * A server block that responds to every request with the same text, which can contain variables but no single quotes.
 * @param tls null for cleartext
 */
export function respondingServer(port: number, body: string, tls: TlsFiles | null): string {
  const pieces = Array.from({ length: Math.ceil(body.length / LONGEST_WORD) }, (_, index) =>
    body.slice(index * LONGEST_WORD, (index + 1) * LONGEST_WORD),
  );
  const settings = pieces.map((piece, index) => `set $piece_${index} '${piece}';`);
  const names = pieces.map((_, index) => `$piece_${index}`);
  const directive =
    pieces.length === 1 ? `return 200 '${body}';` : `${settings.join("\n")} return 200 "${names.join("")}";`;
  return `server {
      ${listen(port, tls)}
      default_type application/json;
      location / { ${directive} }
    }`;
}

/** A proxy block that keeps its upstream connections open, as nginx's documentation of `keepalive` recommends. */
export function proxyingServer(port: number, primary: string, mirror: string | null, tls: TlsFiles | null): string {
  const keptOpen = `proxy_http_version 1.1; proxy_set_header Connection ""; ${tls === null ? "" : verification(tls)}`;
  const scheme = tls === null ? "http" : "https";
  const mirroring = `location = /mirror { internal; proxy_pass ${scheme}://candidate$request_uri; ${keptOpen} }`;
  return `
    ${upstreamGroup("primary", primary)} ${mirror === null ? "" : upstreamGroup("candidate", mirror)}
    server {
      ${listen(port, tls)}
      location / { ${mirror === null ? "" : "mirror /mirror;"} proxy_pass ${scheme}://primary; ${keptOpen} }
      ${mirror === null ? "" : mirroring}
    }`;
}

function listen(port: number, tls: TlsFiles | null): string {
  if (tls === null) return `listen 127.0.0.1:${port} backlog=1024;`;
  const { certFile, keyFile } = tls.certificate;
  return `listen 127.0.0.1:${port} ssl backlog=1024; ssl_certificate ${certFile}; ssl_certificate_key ${keyFile};`;
}

/** By a name: nginx does not compare an address with those of a certificate. */
function verification({ caFile }: TlsFiles): string {
  return `proxy_ssl_verify on; proxy_ssl_trusted_certificate ${caFile}; proxy_ssl_name ${TLS_NAME};`;
}

function upstreamGroup(name: string, url: string): string {
  return `upstream ${name} { server ${new URL(url).host}; keepalive 64; ${ENDLESS} }`;
}
