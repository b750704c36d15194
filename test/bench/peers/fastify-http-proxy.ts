/** @fastify/http-proxy as in production: with undici (its default), connections kept open, no logging. */
import httpProxy from "@fastify/http-proxy";
import { fastify } from "fastify";
import { peerArguments } from "./peer.ts";

const { port, upstream } = peerArguments();
const app = fastify({ logger: false });
await app.register(httpProxy, {
  upstream,
  undici: { connections: 128, pipelining: 1 },
  disableRequestLogging: true,
});
await app.listen({ port, host: "127.0.0.1", backlog: 1024 });
process.once("disconnect", () => process.exit());
