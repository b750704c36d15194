import { fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestAuthority } from "../tools/certificates.ts";
import { freePort } from "../tools/free-port.ts";
import { findTool } from "../tools/require-tool.ts";
import { endChild, waitForResponse } from "./child.ts";
import { respondingServer, TLS_NAME, type TlsFiles, writeNginxConfig } from "./nginx.ts";
import { jsonBody } from "./shapes.ts";

/** A service that is as cheap as possible, so that the proxy in front of it can be measured. */
export interface Upstream {
  /** Name of the server program. */
  readonly kind: "nginx" | "node";
  readonly pid: number;
  /** URL that always sends the same response. */
  readonly same: string;
  /** Another URL that sends the same response. */
  readonly twin: string;
  /** URL whose responses differ in one value each. */
  readonly differing: string;
  /** The first two under TLS; null without nginx. */
  readonly secure: SecureUpstream | null;
  stop(): Promise<void>;
}

export interface SecureUpstream extends TlsFiles {
  readonly same: string;
  readonly twin: string;
}

/** Starts Debian's nginx, or a small Node server without it. It responds to every method with `bytes` of JSON. */
export async function startUpstream(bytes: number): Promise<Upstream> {
  const ports: [number, number, number] = [await freePort(), await freePort(), await freePort()];
  const nginx = findTool("nginx");
  const directory = mkdtempSync(join(tmpdir(), "bench-upstream-"));
  const ids = ["same", "same", "$request_id"] as const;
  const authority = nginx === undefined ? null : new TestAuthority();
  const secure = authority === null ? null : await secureUpstream(authority);
  const servers = [
    ...ids.map((id, index) => respondingServer(ports[index] as number, jsonBody(bytes, id), null)),
    ...(secure === null
      ? []
      : [secure.same, secure.twin].map((url) =>
          respondingServer(Number(new URL(url).port), jsonBody(bytes, "same"), secure),
        )),
  ];
  const child =
    nginx === undefined
      ? fork(join(import.meta.dirname, "upstream-server.ts"), [String(bytes), ...ports.map(String)], { execArgv: [] })
      : spawn(nginx, writeNginxConfig(directory, servers.join("\n")), { stdio: ["ignore", "inherit", "inherit"] });
  const [same, twin, differing] = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string, string];
  await waitForResponse(differing, child);
  return {
    kind: nginx === undefined ? "node" : "nginx",
    pid: child.pid ?? 0,
    same,
    twin,
    differing,
    secure,
    async stop() {
      await endChild(child);
      authority?.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function secureUpstream(authority: TestAuthority): Promise<SecureUpstream> {
  const certificate = authority.issue("bench", `DNS:${TLS_NAME},IP:127.0.0.1`);
  const [same, twin] = [await freePort(), await freePort()].map((port) => `https://127.0.0.1:${port}`) as [
    string,
    string,
  ];
  return { same, twin, certificate, caFile: authority.caFile };
}
