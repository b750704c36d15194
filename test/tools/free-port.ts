import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

/** Finds a free TCP port on loopback, for programs that cannot report a port that they pick themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
