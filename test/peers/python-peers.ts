import { requireTool } from "../tools/require-tool.ts";
import { startProcess } from "./peer-process.ts";
import { APPS, IDLE_MS, versionFrom, type Peer } from "./peer.ts";

/** Writes no files next to the sources. */
const PYTHON_ENVIRONMENT = { PYTHONDONTWRITEBYTECODE: "1" };

function gunicorn(name: string, args: readonly string[], idleMs?: number): Peer {
  return {
    name: `gunicorn ${name}`,
    version: () => versionFrom(requireTool("gunicorn"), ["--version"], /version ([\d.]+)/),
    extras: ["chunkedUpload", "reason", "latin1", "early413", "early413Chunks", "expect413"],
    ...(idleMs !== undefined && { idleMs }),
    start: () =>
      startProcess({
        command: requireTool("gunicorn"),
        args: (port) => ["--bind", `127.0.0.1:${port}`, "--log-level", "error", ...args, "service:wsgi"],
        cwd: APPS,
        env: PYTHON_ENVIRONMENT,
      }),
  };
}

const UVICORN: Peer = {
  name: "uvicorn",
  version: () => versionFrom(requireTool("uvicorn"), ["--version"], /uvicorn ([\d.]+)/),
  extras: ["chunkedUpload", "early413", "expect413", "pipelined"],
  idleMs: IDLE_MS,
  start: () =>
    startProcess({
      command: requireTool("uvicorn"),
      args: (port) => ["--port", `${port}`, "--log-level", "error", "--timeout-keep-alive", "1", "service:asgi"],
      cwd: APPS,
      env: PYTHON_ENVIRONMENT,
    }),
};

export const PYTHON_PEERS: readonly Peer[] = [
  gunicorn("sync", ["--worker-class", "sync", "--workers", "4"]),
  gunicorn("gthread", ["--worker-class", "gthread", "--threads", "8", "--keep-alive", "1"], IDLE_MS),
  UVICORN,
];
