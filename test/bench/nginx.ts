import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CertificateFiles } from "../tools/certificates.ts";
import type { Protocol } from "./shapes.ts";

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

export interface NginxServer {
  readonly port: number;
  /** What its clients speak; by default HTTP/1.1. */
  readonly protocol?: Protocol | undefined;
  /** Null for cleartext. */
  readonly tls: TlsFiles | null;
}

/**
 * A server block that responds to every request with the same text, which can contain variables but no single quotes.
 */
export function respondingServer(server: NginxServer, body: string): string {
  const isGrpc = server.protocol === "grpc";
  // In a configuration, `\n` is the line feed of the field's tag.
  const text = body.replaceAll("\n", "\\n");
  const pieces = Array.from({ length: Math.ceil(text.length / LONGEST_WORD) }, (_, index) =>
    text.slice(index * LONGEST_WORD, (index + 1) * LONGEST_WORD),
  );
  const settings = pieces.map((piece, index) => `set $piece_${index} '${piece}';`);
  const names = pieces.map((_, index) => `$piece_${index}`);
  const directive =
    pieces.length === 1 ? `return 200 '${text}';` : `${settings.join("\n")} return 200 "${names.join("")}";`;
  return `server {
      ${listen(server)}
      default_type application/${isGrpc ? "grpc" : "json"};
      location / { ${isGrpc ? "add_trailer grpc-status 0;" : ""} ${directive} }
    }`;
}

/** A proxy block that keeps its upstream connections open, as nginx's documentation of `keepalive` recommends. */
export function proxyingServer(server: NginxServer, primary: string, mirror: string | null): string {
  const { tls, protocol } = server;
  const pass = (group: string, uri: string): string =>
    protocol === "grpc"
      ? `grpc_pass grpc://${group};`
      : `proxy_pass ${tls === null ? "http" : "https"}://${group}${uri}; proxy_http_version 1.1;
         proxy_set_header Connection ""; ${tls === null ? "" : verification(tls)}`;
  return `
    ${upstreamGroup("primary", primary)} ${mirror === null ? "" : upstreamGroup("candidate", mirror)}
    server {
      ${listen(server)}
      location / { ${mirror === null ? "" : "mirror /mirror;"} ${pass("primary", "")} }
      ${mirror === null ? "" : `location = /mirror { internal; ${pass("candidate", "$request_uri")} }`}
    }`;
}

function listen({ port, tls, protocol = "http1" }: NginxServer): string {
  const options = `${protocol === "http1" ? "" : "http2"} backlog=1024`;
  if (tls === null) return `listen 127.0.0.1:${port} ${options};`;
  const { certFile, keyFile } = tls.certificate;
  return `listen 127.0.0.1:${port} ssl ${options}; ssl_certificate ${certFile}; ssl_certificate_key ${keyFile};`;
}

/** By a name: nginx does not compare an address with those of a certificate. */
function verification({ caFile }: TlsFiles): string {
  return `proxy_ssl_verify on; proxy_ssl_trusted_certificate ${caFile}; proxy_ssl_name ${TLS_NAME};`;
}

function upstreamGroup(name: string, url: string): string {
  return `upstream ${name} { server ${new URL(url).host}; keepalive 64; ${ENDLESS} }`;
}
