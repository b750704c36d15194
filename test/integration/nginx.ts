import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../tools/free-port.ts";
import { requireTool } from "../tools/require-tool.ts";

export interface Nginx {
  readonly url: string;
  /** The document root. */
  readonly root: string;
  stop(): Promise<void>;
}

/**
 * Starts Debian's nginx with the given server block over a new, empty document root.
 * @param http directives around the server block
 */
export async function startNginx(server: string, http = ""): Promise<Nginx> {
  const dir = mkdtempSync(join(tmpdir(), "nginx-"));
  const root = join(dir, "root");
  mkdirSync(root, { mode: 0o777 });
  const port = await freePort();
  writeFileSync(
    join(dir, "nginx.conf"),
    `daemon off; pid ${dir}/nginx.pid; error_log ${dir}/error.log; worker_processes 1; user root;
     events { worker_connections 512; }
     http {
       access_log off; client_max_body_size 0; client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy;
       fastcgi_temp_path ${dir}/fastcgi; uwsgi_temp_path ${dir}/uwsgi; scgi_temp_path ${dir}/scgi;
       types { application/json json; text/plain txt; application/octet-stream bin; }
       ${http}
       server { listen 127.0.0.1:${port}; root ${root}; ${server} }
     }`,
  );
  const child = spawn(requireTool("nginx"), ["-p", dir, "-c", join(dir, "nginx.conf")], { stdio: "inherit" });
  await reachable(port, child);
  return {
    url: `http://127.0.0.1:${port}`,
    root,
    async stop() {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      await exit;
    },
  };
}

/** Waits until nginx listens. @throws if it ends instead */
export async function reachable(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, "127.0.0.1");
    const ok = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nginx ended with ${child.exitCode}`);
}
