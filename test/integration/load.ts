import { Agent, request } from "node:http";

export interface Answer {
  readonly path: string;
  /** 0 when no response came. */
  readonly status: number;
  readonly body: string;
  readonly ms: number;
  readonly error: string | undefined;
}

export interface Load {
  /** Stops sending, waits for the answers under way. */
  stop(): Promise<readonly Answer[]>;
}

/** Sends GET requests over `connections` keep-alive connections, each one at a time with a pause, until stopped. */
export function startLoad(base: string, paths: (index: number) => string, connections = 8, pauseMs = 10): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const answers: Answer[] = [];
  let index = 0;
  const stopping = new AbortController();
  async function client(): Promise<void> {
    while (!stopping.signal.aborted) {
      answers.push(await get(base, paths(index++), agent));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  const clients = Array.from({ length: connections }, client);
  return {
    async stop() {
      stopping.abort();
      await Promise.all(clients);
      agent.destroy();
      return answers;
    },
  };
}

function get(base: string, path: string, agent: Agent): Promise<Answer> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const answer = (status: number, body: string, error?: string) =>
      resolve({ path, status, body, ms: performance.now() - begin, error });
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
