import type { Server } from "node:http";
import { createServer } from "../../http/node-http.ts";
import type { Calculator } from "./calculator.ts";

/**
 * Serves a calculator over HTTP.
 * @returns a server that does not listen yet
 */
export function createSampleServer(calculate: Calculator): Server {
  const server = createServer((request, response) => {
    const answer = calculate(request.method ?? "", (request.url ?? "").split("?", 1)[0] ?? "");
    const { status, headers, body, delayMs } = answer;
    const bytes = Buffer.from(JSON.stringify(body));
    response.writeHead(status, { "content-type": "application/json", ...headers, "content-length": bytes.length });
    if (delayMs > 0) setTimeout(() => response.end(bytes), delayMs);
    else response.end(bytes);
    request.resume();
  });
  // A service that closes idle connections on its own would now and then cut off a request that is on its way.
  server.keepAliveTimeout = 0;
  return server;
}
