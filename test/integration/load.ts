import { Agent, request } from "node:http";

export interface Answer {
  readonly path: string;
  /** 0 when no response came. */
  readonly status: number;
  readonly body: string;
  readonly ms: number;
  /** Sent on a connection that had carried another request. */
  readonly reused: boolean;
  /** Which of the clients sent it. */
  readonly client: number;
  readonly error: string | undefined;
}

export interface Load {
  /** How many requests are over. */
  answered(): number;
  /** Stops sending, waits for the answers under way. */
  stop(): Promise<readonly Answer[]>;
}

/** Sends GET requests over `connections` keep-alive connections, each one at a time with a pause, until stopped. */
export function startLoad(base: string, paths: (index: number) => string, connections = 8, pauseMs = 10): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const answers: Answer[] = [];
  let index = 0;
  const stopping = new AbortController();
  async function client(_: unknown, number: number): Promise<void> {
    while (!stopping.signal.aborted) {
      answers.push({ client: number, ...(await get(base, paths(index++), agent)) });
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  const clients = Array.from({ length: connections }, client);
  return {
    answered: () => answers.length,
    async stop() {
      stopping.abort();
      await Promise.all(clients);
      agent.destroy();
      return answers;
    },
  };
}

/** Sends one GET request for each path over `connections` keep-alive connections. @returns in the order of the paths */
export async function sendAll(base: string, paths: readonly string[], connections = 8): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const answers: Answer[] = [];
  let next = 0;
  async function client(_: unknown, number: number): Promise<void> {
    for (let index = next++; index < paths.length; index = next++) {
      answers[index] = { client: number, ...(await get(base, paths[index] ?? "", agent)) };
    }
  }
  await Promise.all(Array.from({ length: connections }, client));
  agent.destroy();
  return answers;
}

function get(base: string, path: string, agent: Agent): Promise<Omit<Answer, "client">> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const answer = (status: number, body: string, error?: string) =>
      resolve({ path, status, body, ms: performance.now() - begin, reused: req.reusedSocket, error });
    const req = request(base + path, { agent }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.on("end", () => answer(res.statusCode ?? 0, Buffer.concat(chunks).toString()));
      res.on("error", (error) => answer(0, "", error.message));
    });
    req.on("error", (error) => answer(0, "", error.message));
    req.end();
  });
}
