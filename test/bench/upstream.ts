import { fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../tools/free-port.ts";
import { findTool } from "../tools/require-tool.ts";
import { endChild, untilAnswering } from "./child.ts";
import { answeringServer, writeNginxConfig } from "./nginx.ts";
import { jsonBody } from "./shapes.ts";

/** A service that costs as little as possible, so that what stands before it can be measured. */
export interface Upstream {
  /** Which server it is. */
  readonly kind: "nginx" | "node";
  readonly pid: number;
  /** Always the same answer. */
  readonly same: string;
  /** The same answer again, under another address. */
  readonly twin: string;
  /** An answer with one other value in each response. */
  readonly differing: string;
  stop(): Promise<void>;
}

/** Starts Debian's nginx, or a small server of Node when it is not there. Answers every method with `bytes` of JSON. */
export async function startUpstream(bytes: number): Promise<Upstream> {
  const ports: [number, number, number] = [await freePort(), await freePort(), await freePort()];
  const nginx = findTool("nginx");
  const directory = mkdtempSync(join(tmpdir(), "bench-upstream-"));
  const ids = ["same", "same", "$request_id"] as const;
  const servers = ids.map((id, index) => answeringServer(ports[index] as number, jsonBody(bytes, id)));
  const child =
    nginx === undefined
      ? fork(join(import.meta.dirname, "upstream-server.ts"), [String(bytes), ...ports.map(String)], { execArgv: [] })
      : spawn(nginx, writeNginxConfig(directory, servers.join("\n")), { stdio: ["ignore", "inherit", "inherit"] });
  const [same, twin, differing] = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string, string];
  await untilAnswering(differing, child);
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
