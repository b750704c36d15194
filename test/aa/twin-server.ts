/**
 * One server of a run, in a process of its own. Its only argument is its configuration as JSON (server-config.ts). It sends its
 * port to its parent process, receives other faults from it, and ends with it.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { randomFor } from "../simulate/random.ts";
import { createLatency } from "./latency-model.ts";
import { createNoise } from "./noisy-body.ts";
import { hashShare } from "./own-randomness.ts";
import type { Fault, ServerConfig } from "./server-config.ts";

const KEEP_ALIVE_MS = 60_000;

const config = JSON.parse(process.argv[2] ?? "") as ServerConfig;
const own = randomFor(config.seed, config.role);
const surroundings = { own, shared: randomFor(config.seed, "shared"), now: Date.now };
const latencyOf = createLatency(config.latency, surroundings);
const replyTo = createNoise(config.noise, config.share ?? 0, surroundings);
let fault = config.fault ?? {};

/** The fault, if it hits this response; otherwise one that changes nothing. */
function faultOf(path: string): Fault {
  const { share = 1, inputs = 1 } = fault;
  return own() < share && hashShare(`fault ${path}`) < inputs ? fault : {};
}

/** Changes only members that the document has, so that no endpoint receives a new one. */
function withFault(
  document: Readonly<Record<string, unknown>>,
  { set = {}, scale = {} }: Fault,
): Record<string, unknown> {
  const changed = Object.entries(document).map(([name, value]) => [
    name,
    name in set ? set[name] : name in scale ? Number(value) * (scale[name] ?? 1) : value,
  ]);
  return Object.fromEntries(changed) as Record<string, unknown>;
}

function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

const server = createServer((request, response) => {
  const path = request.url ?? "";
  const hit = faultOf(path);
  const { status = 200, factor = 1, addMs = 0 } = hit;
  const reply = replyTo(path);
  const body = reply.write(withFault(reply.document, hit));
  const headers = { ...reply.headers(body), "content-length": Buffer.byteLength(body) };
  const { waitMs, busyMs } = latencyOf(path);
  spin(busyMs * factor);
  const send = (): void => void response.writeHead(status, headers).end(body);
  const ms = waitMs * factor + addMs;
  if (ms === 0) send();
  else setTimeout(send, ms);
});
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.on("message", (next) => (fault = next as Fault));
process.once("disconnect", () => process.exit(0));
process.send?.((server.address() as AddressInfo).port);
