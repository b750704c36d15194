import type { Socket } from "node:net";
import type { ExchangeOwner, OpenExchange } from "./client-exchange.ts";
import { type Refusal, rawRefusal } from "./refusal.ts";

/** One client's HTTP/1.1 connection: the exchanges on it, in the order of their arrival. */
export class ClientConnection implements ExchangeOwner {
  readonly #socket: Socket;
  readonly #exchanges = new Set<OpenExchange>();
  /** The newest, finished or not. */
  #last: OpenExchange | undefined;
  #refused = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("close", () => {
      for (const exchange of this.#exchanges) exchange.abort();
    });
  }

  /** Something on it was refused: what follows is not to be believed, and not to be served. */
  get isRefused(): boolean {
    return this.#refused;
  }

  /** The client has sent everything and has taken everything; an answer is still to come. */
  get isWaitingForPrimary(): boolean {
    return (
      this.#exchanges.size > 0 &&
      this.#socket.writableLength === 0 &&
      [...this.#exchanges].every(({ requestComplete }) => requestComplete)
    );
  }

  /** A request on it is being answered. */
  get isBusy(): boolean {
    return this.#exchanges.size > 0;
  }

  add(exchange: OpenExchange): void {
    this.#exchanges.add(exchange);
    this.#last = exchange;
  }

  remove(exchange: OpenExchange): void {
    this.#exchanges.delete(exchange);
  }

  /** The response that refuses a request is made by the server, behind those that are not finished. */
  markRefused(): void {
    this.#refused = true;
  }

  /**
   * Answers bytes that are no request, behind what is being answered, and ends the connection. If they stand in the
   * body of a request, that request is aborted.
   */
  refuse(refusal: Refusal): void {
    if (this.#refused) return;
    this.#refused = true;
    const last = this.#last;
    if (last === undefined) return this.#answer(refusal);
    const inItsBody = !last.requestComplete;
    if (inItsBody) last.abort();
    if (last.response.writableFinished) return this.#answer(refusal);
    if (!inItsBody) return last.response.onceFinished(() => this.#answer(refusal));
    const isAlone = [...this.#exchanges].every((exchange) => exchange === last);
    if (isAlone && !last.response.headersSent) this.#answer(refusal);
    else this.#socket.destroy();
  }

  #answer(refusal: Refusal): void {
    if (!this.#socket.writable) return void this.#socket.destroy();
    this.#socket.end(rawRefusal(refusal), "latin1", () => this.#socket.destroy());
  }
}
