import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { loadConfig } from "../../src/config/load-config.ts";
import type { Running } from "../../src/serve/serve-options.ts";
import { startServe } from "../../src/serve/start-serve.ts";
import { createLogger } from "../../src/telemetry/logger.ts";

/** Runs if a page renders it as markup. */
const HOSTILE =
  "<script>window.executed = 1</script><img src=x onerror='window.executed = 2'><svg onload='window.executed = 3'>";

interface Item {
  readonly id: number;
  readonly name: string;
  readonly price: number;
  readonly tags: readonly string[];
  readonly note: string;
}

function items(count: number, change: (item: Item) => Item): Item[] {
  return Array.from({ length: count }, (_, id) =>
    change({
      id,
      name: `item ${id}`,
      price: id * 1.5,
      tags: ["new", "sale"],
      note: `a note about item ${id} of the shop`,
    }),
  );
}

/** Changes the first, the middle and the last item. */
function threeChanges(count: number): (item: Item) => Item {
  return (item) => {
    if (item.id === 7) return { ...item, price: -1 };
    if (item.id === Math.floor(count / 2)) return { ...item, name: `${item.name} (changed)` };
    return item.id === count - 1 ? { ...item, note: item.note.replace("shop", "store") } : item;
  };
}

const MEDIUM = 1_350;
const LARGE = 8_800;
const same = (item: Item): Item => item;
const DEPTH = 10_000;

type Body = (isCandidate: boolean) => string;

function nested(leaf: string): string {
  return `${"[".repeat(DEPTH)}${leaf}${"]".repeat(DEPTH)}`;
}

/** A long text with a change in its middle. */
function longText(word: string): string {
  return `${"lorem ipsum ".repeat(500)}${word} ${"dolor sit amet ".repeat(500)}`;
}

const JSON_BODIES: Readonly<Record<string, Body>> = {
  "/medium": (isCandidate) => JSON.stringify(items(MEDIUM, isCandidate ? threeChanges(MEDIUM) : same)),
  "/large": (isCandidate) => JSON.stringify(items(LARGE, isCandidate ? threeChanges(LARGE) : same)),
  "/moved": (isCandidate) => {
    const list = items(6, same);
    return JSON.stringify(isCandidate ? [...list.slice(1, 5), { ...list[0], price: 9 }, list[5]] : list);
  },
  "/long": (isCandidate) => JSON.stringify({ id: 1, text: longText(isCandidate ? "cat" : "dog") }),
  "/rules-here": (isCandidate) => JSON.stringify({ id: 1, total: isCandidate ? 3 : 2 }),
  "/line": (isCandidate) => JSON.stringify(`${"x".repeat(500_000)}${isCandidate ? "A" : "B"}${"y".repeat(500_000)}`),
  "/deep": (isCandidate) => nested(isCandidate ? "2" : "1"),
  "/hostile": (isCandidate) =>
    `{"__proto__":{"polluted":${isCandidate}},"constructor":"${HOSTILE.replaceAll('"', "'")}","rtl":"a\u202Eb${isCandidate ? "\u202C" : ""}","control":"\\u0000\u007F","lone":"\\ud800","${HOSTILE}":1}`,
};

const PAGES: Readonly<Record<string, Body>> = {
  "/page": (isCandidate) =>
    `<!doctype html><html><head><title>Shop</title></head><body><main><h1>${isCandidate ? "Hallo" : "Hello"} world</h1>${HOSTILE}${"<p>text</p>".repeat(60)}</main></body></html>`,
  "/text": (isCandidate) => `first\n${"x".repeat(100_000)}${isCandidate ? "A" : "B"}${"y".repeat(100_000)}\nlast`,
};

function respond(response: ServerResponse, path: string, isCandidate: boolean): void {
  response.setHeader("x-powered-by", isCandidate ? "shop 2.1 (linux)" : "shop 2.0 (linux)");
  response.setHeader("x-same", "yes");
  response.setHeader("set-cookie", [`theme=dark; Path=/; SameSite=${isCandidate ? "Strict" : "Lax"}`]);
  const json = JSON_BODIES[path];
  if (json !== undefined) return void response.setHeader("content-type", "application/json").end(json(isCandidate));
  const page = PAGES[path];
  if (page !== undefined) {
    const type = path === "/page" ? "text/html; charset=utf-8" : "text/plain";
    return void response.setHeader("content-type", type).end(page(isCandidate));
  }
  response.statusCode = isCandidate ? 404 : 200;
  response.setHeader("content-type", "application/json").end(isCandidate ? '{"error":"gone"}' : '{"ok":true}');
}

async function startServer(isCandidate: boolean): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => respond(response, request.url?.split("?")[0] ?? "/", isCandidate));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Of every request. */
export const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";

export interface Traffic {
  readonly running: Running;
  /** Sends a request through the proxy. @returns the address of the page that shows its exchange */
  exchange(target: string): Promise<string>;
  stop(): Promise<void>;
}

/** Two real servers behind the real program: the bodies that the exchange page has to show. */
export async function startTraffic(webRoot: string, store: string): Promise<Traffic> {
  const [primary, candidate] = await Promise.all([startServer(false), startServer(true)]);
  const config = loadConfig({
    flags: {
      primary: primary.url,
      candidate: candidate.url,
      listen: "127.0.0.1:0",
      admin: "127.0.0.1:0",
      store: `sqlite:${store}`,
      tracingTraceUrl: "https://traces.test/trace/{traceId}",
      tracingCandidateTraceUrl: "https://traces.test/candidate?id={traceId}",
    },
    env: {},
  });
  const running = await startServe(config, { webRoot, logger: createLogger({ level: "silent", thread: "main" }) });
  return {
    running,
    async exchange(target) {
      const response = await fetch(running.proxyUrl + target, {
        headers: { "x-quote": "it's $(id)", traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` },
      });
      await response.arrayBuffer();
      for (;;) {
        const list = await fetch(`${running.adminUrl}/api/v1/samples`);
        const { samples } = (await list.json()) as { samples: { id: string; target: string }[] };
        const found = samples.find((sample) => sample.target === target);
        // The report, which the page asks for verdicts, may follow a moment later.
        const name = new URLSearchParams({ name: `GET ${target.split("?")[0]}` }).toString();
        const endpoint = await fetch(`${running.adminUrl}/api/v1/endpoint?${name}`);
        if (found !== undefined && endpoint.ok) return `${running.adminUrl}/sample/${found.id}`;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async stop() {
      await running.drain();
      for (const { server } of [primary, candidate]) server.close();
    },
  };
}
