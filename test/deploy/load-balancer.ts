import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reachable } from "../integration/nginx.ts";
import { freePort } from "../tools/free-port.ts";
import { requireTool } from "../tools/require-tool.ts";
import { readText } from "./compose-file.ts";

export interface LoadBalancer {
  /** In front of the proxies. */
  readonly proxy: string;
  /** In front of the admin listeners. */
  readonly admin: string;
  /** What nginx says about its configuration. */
  readonly check: string;
  stop(): Promise<void>;
}

/** Starts Debian's nginx with deploy/nginx/nginx.conf in front of these replicas, whose number is arbitrary. */
export async function startLoadBalancer(
  replicas: readonly { readonly proxy: string; readonly admin: string }[],
): Promise<LoadBalancer> {
  const directory = mkdtempSync(join(tmpdir(), "balancer-"));
  const [proxy, admin] = [await freePort(), await freePort()];
  const configuration = readText("deploy/nginx/nginx.conf")
    .replaceAll("/tmp/", `${directory}/`)
    .replace("listen 8080;", `listen 127.0.0.1:${proxy};`)
    .replace("listen 9900;", `listen 127.0.0.1:${admin};`);
  const file = join(directory, "nginx.conf");
  const byPort = { 8080: replicas.map((each) => each.proxy), 9900: replicas.map((each) => each.admin) };
  writeFileSync(file, withServers(withServers(configuration, 8080, byPort[8080]), 9900, byPort[9900]));
  const args = ["-c", file, "-p", directory, "-g", "daemon off;"];
  const { stderr: check } = spawnSync(requireTool("nginx"), [...args, "-t"], { encoding: "utf8" });
  if (!check.includes("test is successful")) throw new Error(check);
  const child = spawn(requireTool("nginx"), args, {
    stdio: ["ignore", "ignore", process.env["NGINX_LOG"] === undefined ? "ignore" : "inherit"],
  });
  await reachable(proxy, child);
  return {
    proxy: `http://127.0.0.1:${proxy}`,
    admin: `http://127.0.0.1:${admin}`,
    check,
    async stop() {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      await exit;
      rmSync(directory, { recursive: true });
    },
  };
}

/** Replaces the servers of one upstream group, which have a port in common. */
function withServers(configuration: string, port: number, urls: readonly string[]): string {
  const lines = new RegExp(String.raw`(?:^ *server shadowdiff-\d:${port}(.*;)\n)+`, "m");
  return configuration.replace(lines, (_, options: string) =>
    urls.map((url) => `server ${new URL(url).host}${options}\n`).join(""),
  );
}
