import { connect, type Socket } from "node:net";
import { openFilesLimit } from "./processes.ts";

/** Opened at a time: more would overrun the listener's queue. */
const AT_ONCE = 200;
/** What a process needs besides its connections. */
const SPARE_FILES = 500;

export interface IdleConnections {
  /** Still open on both sides. */
  open(): number;
  close(): void;
}

/** Why this many connections cannot be opened, and what helps; undefined when they can. */
export function tooManyConnections(count: number): string | undefined {
  const limit = openFilesLimit("self");
  if (count + SPARE_FILES <= limit) return undefined;
  return `${count} connections need ${count + SPARE_FILES} open files, ${limit} are allowed: run ulimit -n ${count + SPARE_FILES} before, or choose fewer with --idle`;
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

/** Fulfilled when the answer has begun to come. */
function openOne(url: string): Promise<Socket> {
  const { hostname, port, pathname, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.once("error", reject);
    socket.once("data", () => {
      socket.off("error", reject);
      // The other side may close a connection that idles for too long; then it is counted as closed.
      socket.on("error", () => {});
      resolve(socket.resume());
    });
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  });
}
