import { createServer, request as send, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { IsolationJob, type IsolationOrder } from "../../src/isolate/isolation-job.ts";
import type { DifferingField } from "../../src/model/difference.ts";
import type { Isolation } from "../../src/model/isolate/isolation.ts";
import type { ProbeRequest, ProbeResult, ProbeRunner } from "../../src/model/isolate/probe.ts";

/** A request as a version sees it. */
export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly cookies: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What a version responds: a JSON document, or null to reset the connection. */
export type Version = (seen: Seen) => object | null;

/** Servers of a primary, a candidate and a secondary, and what they have received. */
export class TwoVersions {
  readonly received = { primary: 0, candidate: 0, secondary: 0 };
  readonly #servers: Server[] = [];
  readonly #ports = new Map<string, number>();

  static async start(primary: Version, candidate: Version, secondary = primary): Promise<TwoVersions> {
    const versions = new TwoVersions();
    for (const [role, version] of Object.entries({ primary, candidate, secondary }))
      await versions.#listen(role, version);
    return versions;
  }

  async #listen(role: string, version: Version): Promise<void> {
    const server = createServer((request, response) => {
      this.received[role as keyof TwoVersions["received"]] += 1;
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (text: string) => (body += text));
      request.on("end", () => {
        const pairs = (request.headers.cookie ?? "").split("; ").map((pair) => pair.split("=") as [string, string]);
        const url = new URL(request.url ?? "/", "http://version");
        const seen = { method: request.method ?? "", url, headers: request.headers, cookies: new Map(pairs), body };
        const document = version(seen);
        if (document === null) request.socket.destroy();
        else response.end(JSON.stringify(document));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#servers.push(server);
    this.#ports.set(role, (server.address() as AddressInfo).port);
  }

  /** The shortest sender that is exact, with a comparison of top-level members. */
  runner(): ProbeRunner {
    return {
      probe: async (request, { measuresNoise }, signal): Promise<ProbeResult> => {
        signal.throwIfAborted();
        const ask = (role: string) => this.#fetch(role, request).catch((error: Error) => error);
        const [primary, candidate, secondary] = await Promise.all([
          this.#fetch("primary", request),
          ask("candidate"),
          measuresNoise ? this.#fetch("secondary", request) : null,
        ]);
        if (candidate instanceof Error) return unanswered(candidate);
        return compare(primary, candidate, secondary);
      },
    };
  }

  #fetch(role: string, { method, target, headers, body }: ProbeRequest): Promise<Document> {
    return new Promise((resolve, reject) => {
      const length = body === null ? [] : ["Content-Length", String(body.length)];
      const host = headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === "host") ? [] : ["Host", "v"];
      const options = { host: "127.0.0.1", port: this.#ports.get(role), method, path: target };
      const outgoing = send({ ...options, headers: [...headers, ...host, ...length] }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve(JSON.parse(text) as Document));
      });
      outgoing.on("error", reject);
      outgoing.end(body ?? undefined);
    });
  }

  stop(): void {
    for (const server of this.#servers) server.close();
  }
}

type Document = Readonly<Record<string, unknown>>;

function compare(primary: Document, candidate: Document, secondary: Document | null): ProbeResult {
  const names = new Set([primary, candidate, secondary ?? {}].flatMap((document) => Object.keys(document)));
  const fields = [...names].flatMap((name): DifferingField[] => {
    const isRaw = primary[name] !== candidate[name];
    const isNoise = secondary !== null && primary[name] !== secondary[name];
    if (!isRaw && !isNoise) return [];
    const mark = isRaw && isNoise ? "both" : isRaw ? "raw" : "noise";
    return [{ section: "body", path: `$.${name}`, kind: "value", mark }];
  });
  const statuses = { primary: 200, candidate: 200, secondary: secondary === null ? null : 200 };
  const sent = { at: 0, endpoint: "", legs: null, failure: null };
  return { ...sent, statuses, paired: secondary !== null, fields, differences: [] };
}

/** The candidate has failed, which is a difference of its own. */
function unanswered({ message }: Error): ProbeResult {
  const sent = { at: 0, endpoint: "", failure: null, paired: true, differences: [] };
  const leg = { subset: "v1", status: 200, failure: null, address: null, ms: 1 };
  return {
    ...sent,
    legs: { primary: leg, candidate: { ...leg, subset: "v2", status: 0, failure: message }, secondary: leg },
    statuses: { primary: 200, candidate: 0, secondary: 200 },
    fields: [{ section: "transport", path: "$", kind: "transport", mark: "raw" }],
  };
}

export interface JobSetup extends Partial<Omit<IsolationOrder, "sample">> {
  readonly request: ProbeRequest;
  readonly leftOut?: readonly string[];
  readonly onChange?: (job: IsolationJob) => void;
  readonly refusal?: () => string | null;
}

/** Isolates `body $.price` of a request. */
export async function isolate(versions: TwoVersions, setup: JobSetup): Promise<Isolation> {
  const { request, leftOut = [], onChange, refusal = () => null, ...order } = setup;
  const job: IsolationJob = new IsolationJob(
    "i1",
    {
      signature: "s1",
      title: "body $.price",
      endpoint: `${request.method} ${request.target.split("?")[0]}`,
      candidate: "v2",
      runId: "r1",
      by: "test",
      fields: [{ section: "body", path: "$.price", kind: "value" }],
      sample: { id: "x1", route: "default", primary: "v1", request, leftOut },
      otherTargets: [],
      maxProbes: 60,
      ...order,
    },
    {
      runner: versions.runner(),
      live: { next: () => Promise.reject(new Error("not armed")) },
      place: () => ({
        target: { purpose: "isolate", route: "default", candidate: "v2" },
        hasSecondary: true,
        origin: "http://v1.example",
      }),
      refusal,
      settings: () => ({ perSecond: 1_000, repeats: 8, marker: "shadowdiff-probe" }),
      now: () => 0,
      monotonic: () => 0,
      wait: () => Promise.resolve(),
      onChange: () => onChange?.(job),
    },
  );
  await job.run();
  return job.isolation;
}
