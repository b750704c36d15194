/** The versions of a service as users have them: `node realistic-service.ts PORT…`, one process for each port. */
import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { jsonBody } from "./shapes.ts";

/** Of a database, for example. */
const WORK_MS = 2;
const BYTES = 5 * 1024;
/** Share of the responses with a value of their own. */
const NOISY = 0.2;

const [port, ...others] = process.argv.slice(2);
const content = JSON.parse(jsonBody(BYTES, "same")) as object;

process.once("disconnect", () => process.exit());
for (const other of others) fork(import.meta.filename, [other], { execArgv: [] });

createServer((_, response) => {
  setTimeout(() => {
    const body = JSON.stringify({ ...content, trace: Math.random() < NOISY ? randomUUID() : null });
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  }, WORK_MS);
}).listen(Number(port), "127.0.0.1", 1024);
