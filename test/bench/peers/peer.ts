import type { Server } from "node:http";

/** Arguments of every peer: the port to listen on and the URL of the upstream. */
export function peerArguments(): { readonly port: number; readonly upstream: string } {
  const [port, upstream] = process.argv.slice(2);
  if (upstream === undefined) throw new Error("usage: PORT UPSTREAM");
  return { port: Number(port), upstream };
}

/** Exits when the parent process ends. */
export function serve(server: Server, port: number): void {
  server.listen(port, "127.0.0.1", 1024);
  process.once("disconnect", () => process.exit());
}
