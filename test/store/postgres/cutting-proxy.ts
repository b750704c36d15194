import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** The message of the simple protocol that commits a transaction. */
const COMMIT = "COMMIT\0";
/** A transaction that appends to the log; those of merges commit at any time. */
const APPEND = "INSERT INTO entry ";

/** A TCP proxy in front of PostgreSQL that can cut connections at the worst moment. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cutsAtCommit = 0;

  private constructor(target: number) {
    this.#server = createServer((client) => this.#connect(client, target));
  }

  /** @param target port of the database on this machine */
  static async start(target: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The server receives the next commits of entries, and their clients receive a reset instead of the answer. */
  cutAtCommit(times = 1): void {
    this.#cutsAtCommit = times;
  }

  /** Whether all cuts were made. */
  get hasCut(): boolean {
    return this.#cutsAtCommit === 0;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(client: Socket, target: number): void {
    const server = connect(target, "127.0.0.1");
    let [appends, isCut] = [false, false];
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (data) => {
      appends ||= data.includes(APPEND);
      if (this.#cutsAtCommit > 0 && appends && data.includes(COMMIT)) {
        this.#cutsAtCommit -= 1;
        isCut = true;
      }
      if (data.includes(COMMIT)) appends = false;
      server.write(data);
    });
    server.on("data", (data) => {
      // The transaction is committed: the server has answered.
      if (isCut) client.resetAndDestroy();
      else client.write(data);
    });
  }
}
