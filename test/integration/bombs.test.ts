import { createServer, get, type Server } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createMemoryLimit, type MemoryLimit } from "../tools/memory-limit.ts";
import { bombs, largestBodies, type Bomb } from "./bombs.ts";
import { listening, stopServers, urlOf } from "./echo.ts";
import { isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const MB = 1024 * 1024;
/** What docs/performance.md promises for the defaults. */
const CONTAINER = 512 * MB;
/** Memory that may stay: code that was compiled, and buffers that are reused. */
const MAX_RETAINED = 100 * MB;
/** The settings of the C library in the image. With its defaults, up to 150 MB stay in its arenas, fragmented. */
const MALLOC = readFileSync("Dockerfile", "utf8").match(/MALLOC_\w+=\d+/g) ?? [];

const all = [...bombs(), ...largestBodies()];
let servers: Server[];
let limit: MemoryLimit | undefined;
let shadowdiff: Shadowdiff;

beforeAll(async () => {
  servers = await Promise.all((["primary", "candidate", "primary"] as const).map((side) => serve(side)));
  limit = createMemoryLimit(CONTAINER);
  const [primary, candidate, secondary] = servers.map(urlOf) as [string, string, string];
  shadowdiff = await startShadowdiff({
    args: ["--primary", primary, "--candidate", candidate, "--secondary", secondary],
    before: [limit?.enter ?? "true", `export ${MALLOC.join(" ")}`].join("; "),
  });
});
afterAll(async () => {
  await shadowdiff?.stop();
  stopServers(servers);
  limit?.remove();
});

function serve(side: "primary" | "candidate"): Promise<Server> {
  const byPath = new Map(all.map((bomb) => [`/${bomb.name}`, bomb]));
  return listening(
    createServer((req, res) => {
      const { type, encoding, [side]: body } = byPath.get(req.url ?? "") as Bomb;
      res.writeHead(200, { "content-type": type, ...(encoding !== undefined && { "content-encoding": encoding }) });
      res.end(body);
    }),
  );
}

/** Reads a response to its end. @returns its length on the wire */
function lengthOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const req = get(url, (res) => {
      let length = 0;
      res.on("data", (chunk: Buffer) => (length += chunk.length));
      res.on("end", () => resolve(length));
      res.on("error", reject);
    });
    req.on("error", reject);
  });
}

/** A line of /proc/PID/status, in bytes. */
function memory(line: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${shadowdiff.process.pid}/status`, "utf8");
  return Number(new RegExp(`${line}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
}

it("every bomb has its result, no exchange is skipped, and 512 MB suffice, of which the most are free again", async () => {
  expect(MALLOC.length).toBe(2);
  // The first report loads the API and starts a thread, which stay.
  await shadowdiff.report();
  const before = memory("VmRSS");
  writeFileSync(`/proc/${shadowdiff.process.pid}/clear_refs`, "5");
  for (const { name, primary } of all) {
    expect([name, await lengthOf(`${shadowdiff.proxy}/${name}`)]).toEqual([name, primary.length]);
  }
  // Some 10 s of CPU time, which a busy machine has to spare only after a while.
  const isDone = async (): Promise<boolean> => isAtRest(await shadowdiff.report(), all.length);
  await expect.poll(isDone, { interval: 500 }).toBe(true);
  const { accounting, endpoints } = await shadowdiff.report();
  expect(accounting.skipped).toEqual({});
  const kinds = endpoints.map(({ endpoint, differences }) => [
    endpoint.replace("GET /", ""),
    [...new Set(differences.map(({ kind }) => kind))].toSorted().join(" "),
  ]);
  expect(Object.fromEntries(kinds)).toEqual(Object.fromEntries(all.map((bomb) => [bomb.name, bomb.kinds])));
  expect(memory("VmHWM")).toBeLessThan(CONTAINER);
  await expect.poll(() => memory("VmRSS")).toBeLessThan(before + MAX_RETAINED);
});
