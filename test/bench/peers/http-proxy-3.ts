/** http-proxy-3 with an agent; without one it opens a connection per request. */
import { Agent, createServer } from "node:http";
import { createProxyServer } from "http-proxy-3";
import { peerArguments, serve } from "./peer.ts";

const BAD_GATEWAY = 502;

const { port, upstream } = peerArguments();
const proxy = createProxyServer({ target: upstream, agent: new Agent({ keepAlive: true, maxSockets: 128 }) });
proxy.on("error", (_error, _request, response) => {
  if ("writeHead" in response && !response.headersSent) response.writeHead(BAD_GATEWAY).end();
  else response.destroy();
});

serve(
  createServer((request, response) => proxy.web(request, response)),
  port,
);
