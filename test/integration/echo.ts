import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Starts a server that responds to every request with its target and this version. */
export async function startEcho(version: string): Promise<Server> {
  return listening(createServer((req, res) => res.end(echoBody(req.url ?? "", version))));
}

export function echoBody(path: string, version: string): string {
  return JSON.stringify({ path, version });
}

/** Listens on a free port of the loopback interface. */
export function listening(server: Server): Promise<Server> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

export function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function stopServers(servers: readonly (Server | undefined)[] = []): void {
  for (const server of servers) {
    server?.close();
    server?.closeAllConnections();
  }
}
