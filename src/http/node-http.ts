/**
 * The used exports of `node:http`. An import statement would read every export of the built-in module, and its WebSocket loads
 * all of Node's fetch: 14 MB and 50 ms per thread.
 */
export const { Agent, createServer, request, STATUS_CODES } = process.getBuiltinModule("node:http");
