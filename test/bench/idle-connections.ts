import { connect, type Socket } from "node:net";
import { openFilesLimit } from "./processes.ts";

/** Connections that are opened at a time; more would overflow the listener's queue. */
const AT_ONCE = 200;
/** Open files that a process needs in addition to its connections. */
const SPARE_FILES = 500;

export interface IdleConnections {
  /** Returns the number of connections that are still open. */
  open(): number;
  close(): void;
}

/** Returns why this many connections cannot be opened and what to do; undefined when they can. */
export function tooManyConnections(count: number): string | undefined {
  const limit = openFilesLimit("self");
  if (count + SPARE_FILES <= limit) return undefined;
  return `${count} connections need ${count + SPARE_FILES} open files, but the limit is ${limit}: run ulimit -n ${count + SPARE_FILES} first, or choose fewer with --idle`;
}

/** Opens connections, sends one request over each, and leaves them open. */
export async function openIdle(url: string, count: number): Promise<IdleConnections> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const next = Math.min(AT_ONCE, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: next }, () => openOne(url)))));
  }
  return {
    open: () => sockets.filter(({ readyState }) => readyState === "open").length,
    close: () => sockets.forEach((socket) => void socket.destroy()),
  };
}

/** Opens a connection and resolves once a response has begun. */
function openOne(url: string): Promise<Socket> {
  const { hostname, port, pathname, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.once("error", reject);
    socket.once("data", () => {
      socket.off("error", reject);
      // The other side can close an idle connection; it is then counted as closed.
      socket.on("error", () => {});
      resolve(socket.resume());
    });
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  });
}
