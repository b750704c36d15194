import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

export interface LoadResponse {
  readonly path: string;
  /** 0 without a response. */
  readonly status: number;
  readonly body: string;
  readonly ms: number;
  /** The request was sent on a reused connection. */
  readonly reused: boolean;
  /** Index of the client that sent the request. */
  readonly client: number;
  readonly error: string | undefined;
}

export interface Load {
  /** Number of completed requests. */
  completed(): number;
  /** Stops sending, and waits for the responses in flight. */
  stop(): Promise<readonly LoadResponse[]>;
}

/** Sends GET requests over `connections` keep-alive connections until stopped, with a pause after each response. */
export function startLoad(base: string, paths: (index: number) => string, connections = 8, pauseMs = 10): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const responses: LoadResponse[] = [];
  let index = 0;
  const stopping = new AbortController();
  async function client(_: unknown, number: number): Promise<void> {
    while (!stopping.signal.aborted) {
      responses.push({ client: number, ...(await get(base, paths(index++), agent)) });
      await delay(pauseMs);
    }
  }
  const clients = Array.from({ length: connections }, client);
  return {
    completed: () => responses.length,
    async stop() {
      stopping.abort();
      await Promise.all(clients);
      agent.destroy();
      return responses;
    },
  };
}

/** Sends one GET request for each path over `connections` keep-alive connections. @returns the responses in the order of the paths */
export async function sendAll(base: string, paths: readonly string[], connections = 8): Promise<LoadResponse[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const responses: LoadResponse[] = [];
  let next = 0;
  async function client(_: unknown, number: number): Promise<void> {
    for (let index = next++; index < paths.length; index = next++) {
      responses[index] = { client: number, ...(await get(base, paths[index] ?? "", agent)) };
    }
  }
  await Promise.all(Array.from({ length: connections }, client));
  agent.destroy();
  return responses;
}

/** Longer than a slot of time. */
const PAUSE_MS = 150;
/** More than enough slots of time to tell a change from a burst. */
const PARTS = 24;

/** Like `sendAll`, in parts with pauses: differences of a single moment could be one burst. */
export async function sendOverTime(base: string, paths: readonly string[]): Promise<LoadResponse[]> {
  const size = Math.ceil(paths.length / PARTS);
  const responses: LoadResponse[] = [];
  for (let from = 0; from < paths.length; from += size) {
    responses.push(...(await sendAll(base, paths.slice(from, from + size))));
    await delay(PAUSE_MS);
  }
  return responses;
}

function get(base: string, path: string, agent: Agent): Promise<Omit<LoadResponse, "client">> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const finish = (status: number, body: string, error?: string) =>
      resolve({ path, status, body, ms: performance.now() - begin, reused: req.reusedSocket, error });
    const req = request(base + path, { agent }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.on("end", () => finish(res.statusCode ?? 0, Buffer.concat(chunks).toString()));
      res.on("error", (error) => finish(0, "", error.message));
    });
    req.on("error", (error) => finish(0, "", error.message));
    req.end();
  });
}
