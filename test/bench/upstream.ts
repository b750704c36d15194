import { fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../tools/free-port.ts";
import { findTool } from "../tools/require-tool.ts";
import { endChild, waitForResponse } from "./child.ts";
import { respondingServer, writeNginxConfig } from "./nginx.ts";
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
  stop(): Promise<void>;
}

/** Starts Debian's nginx, or a small Node server without it. It responds to every method with `bytes` of JSON. */
export async function startUpstream(bytes: number): Promise<Upstream> {
  const ports: [number, number, number] = [await freePort(), await freePort(), await freePort()];
  const nginx = findTool("nginx");
  const directory = mkdtempSync(join(tmpdir(), "bench-upstream-"));
  const ids = ["same", "same", "$request_id"] as const;
  const servers = ids.map((id, index) => respondingServer(ports[index] as number, jsonBody(bytes, id)));
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
    async stop() {
      await endChild(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
