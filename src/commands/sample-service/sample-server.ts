import type { IncomingHttpHeaders, Server } from "node:http";
import { createServer } from "../../http/node-http.ts";
import type { PlantedName } from "../demo/planted-regressions.ts";
import { createOperations, errorResponse, type Circumstances, type SampleResponse } from "./operations.ts";

/** Computes the response to a request. The target is in origin form; the names of headers are in lower case. */
export type Calculator = (method: string, target: string, headers?: IncomingHttpHeaders) => SampleResponse;

/** Factoring larger numbers takes longer than a demo. */
const MAX_NUMBER = 1e12;

const USUAL: Circumstances = { isSecondInstance: false, isLate: () => false, random: Math.random };

/**
 * The sample service of the demo.
 * @param planted the regressions of the new version; null for the old version
 * @param newRequestId generates unique ids
 */
export function createCalculator(
  planted: ReadonlySet<PlantedName> | null,
  newRequestId: () => string,
  circumstances: Circumstances = USUAL,
): Calculator {
  const operations = createOperations(planted, newRequestId, circumstances);
  return (method, target, headers) => {
    const [path = "", query] = target.split("?", 2);
    const [name = "", ...parameters] = path.slice(1).split("/");
    const key = `${method} ${name}`;
    const operation = Object.hasOwn(operations, key) ? operations[key] : undefined;
    if (operation === undefined || operation.parameters !== parameters.length) {
      return errorResponse(404, "no such operation");
    }
    const numbers = parameters.map(Number);
    if (!numbers.every((number) => Number.isInteger(number) && number >= 1 && number <= MAX_NUMBER)) {
      return errorResponse(400, `only integers from 1 to ${MAX_NUMBER}`);
    }
    const language = headers?.["accept-language"] ?? "";
    return operation.run(numbers, { query: new URLSearchParams(query), language });
  };
}

/**
 * Serves a calculator over HTTP.
 * @returns a server that is not listening yet
 */
export function createSampleServer(calculate: Calculator): Server {
  const server = createServer((request, response) => {
    const { method = "", url = "" } = request;
    const { status, headers, body, delayMs } = calculate(method, url, request.headers);
    const bytes = Buffer.from(JSON.stringify(body));
    response.writeHead(status, { "content-type": "application/json", ...headers, "content-length": bytes.length });
    if (delayMs > 0) setTimeout(() => response.end(bytes), delayMs);
    else response.end(bytes);
    request.resume();
  });
  // Closing idle connections could reset a request that is already on its way.
  server.keepAliveTimeout = 0;
  return server;
}
