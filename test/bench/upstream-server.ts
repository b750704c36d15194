/** The upstream when nginx is not installed: `node upstream-server.ts BYTES PORT PORT PORT`. The last port differs. */
import { createServer } from "node:http";
import { jsonBody } from "./shapes.ts";

const [bytes = 0, ...ports] = process.argv.slice(2).map(Number);
const same = jsonBody(bytes, "same");
let count = 0;

for (const [index, port] of ports.entries()) {
  const server = createServer((_, response) => {
    const body = index === ports.length - 1 ? jsonBody(bytes, String(count++)) : same;
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  });
  server.keepAliveTimeout = 0;
  server.listen(port, "127.0.0.1");
}
process.once("disconnect", () => process.exit());
