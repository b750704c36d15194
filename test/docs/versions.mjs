import { createServer } from "node:http";

/** A version of a service for the commands of the documents: `node versions.mjs PORT old|new`. The new one changes one price. */
const [port, version] = process.argv.slice(2);
createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://service");
  const price = version === "new" && !pathname.startsWith("/stock") ? 10.004 : 10;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ price, tags: ["a", "b"] }));
}).listen(Number(port), "127.0.0.1");
