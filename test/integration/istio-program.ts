import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type IncomingHttpHeaders, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listening, stopServers, urlOf } from "./echo.ts";
import { startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

export const EXAMPLES = join(import.meta.dirname, "../../examples/istio");

interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** A version of a service, which responds with its name. */
class Version {
  readonly name: string;
  readonly seen: SeenRequest[] = [];
  readonly #server: Server;

  private constructor(name: string) {
    this.name = name;
    this.#server = createServer(({ method = "", url = "", headers }, response) => {
      this.seen.push({ method, target: url, headers });
      response.end(name);
    });
  }

  static async start(name: string): Promise<Version> {
    const version = new Version(name);
    await listening(version.#server);
    return version;
  }

  get url(): string {
    return urlOf(this.#server);
  }

  stop(): void {
    stopServers([this.#server]);
  }
}

export interface ReceivedResponse {
  /** 0 without a response. */
  readonly status: number;
  readonly body: string;
}

export interface RequestParts {
  readonly method?: string;
  readonly path: string;
  readonly host: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one request to a listener, with its Host. */
export async function ask(
  base: string,
  { method = "GET", path, host, headers = {} }: RequestParts,
): Promise<ReceivedResponse> {
  return new Promise((resolve) => {
    const sent = request(base + path, { method, headers: { ...headers, host } }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", () => resolve({ status: 0, body }));
    });
    sent.on("error", () => resolve({ status: 0, body: "" }));
    sent.end();
  });
}

/** Sends the same request many times, eight at a time. */
export async function askOften(base: string, count: number, asked: RequestParts): Promise<ReceivedResponse[]> {
  const responses: ReceivedResponse[] = [];
  let left = count;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      responses.push(await ask(base, asked));
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
  return responses;
}

/** Counts responses by the version that sent them, or by status code if that is not 200. */
export function bodies(responses: readonly ReceivedResponse[]): Record<string, number> {
  const groups = Map.groupBy(responses, ({ status, body }) => (status === 200 ? body : String(status)));
  return Object.fromEntries([...groups].map(([body, all]) => [body, all.length]));
}

/** Three versions of a service, and the real program in front of them. */
export class World {
  readonly versions: readonly Version[];
  /** Folder for documents that a test writes. */
  readonly folder = mkdtempSync(join(tmpdir(), "shadowdiff-istio-"));
  #shadowdiff: Shadowdiff | undefined;

  private constructor(versions: readonly Version[]) {
    this.versions = versions;
  }

  static async start(): Promise<World> {
    return new World(await Promise.all(["v1", "v2", "v3"].map(async (name) => Version.start(name))));
  }

  /** @param keys `host/version`, each of which is mapped to the address of that version */
  async serve(files: readonly string[], keys: readonly string[], more: readonly string[] = []): Promise<Shadowdiff> {
    const addresses = keys.flatMap((key) => {
      const version = this.versions.find(({ name }) => key.endsWith(name));
      return ["--address", `${key}=${version?.url}`];
    });
    const documents = files.flatMap((file) => ["--istio", file]);
    this.#shadowdiff = await startShadowdiff({ args: [...documents, ...addresses, ...more] });
    return this.#shadowdiff;
  }

  /** Number of requests that each version has received. */
  seen(): number[] {
    return this.versions.map(({ seen }) => seen.length);
  }

  /** Stops the program, and clears the received requests of all versions. */
  async reset(): Promise<void> {
    await this.#shadowdiff?.stop();
    for (const { seen } of this.versions) seen.length = 0;
  }

  stop(): void {
    for (const version of this.versions) version.stop();
    rmSync(this.folder, { recursive: true });
  }
}
