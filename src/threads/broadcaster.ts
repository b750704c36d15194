import { settlesWithin } from "../lib/settles-within.ts";

/** A thread that has not confirmed by then is stalled. It still handles the message once it continues. */
const DEFAULT_TIMEOUT_MS = 2_000;

/** A thread that receives messages; undefined while it is being restarted. */
interface Recipient<Message> {
  readonly thread: { post(message: Message): void } | undefined;
}

interface PendingBroadcast {
  readonly unconfirmed: Set<number>;
  readonly complete: () => void;
}

/** Sends a message to all threads of a kind, and waits until each of them has confirmed it or has died. */
export class Broadcaster<Message> {
  readonly #timeoutMs: number;
  readonly #pending = new Map<number, PendingBroadcast>();
  #revision = 0;

  constructor(timeoutMs = DEFAULT_TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * @param createMessage receives the revision, which the threads send back to confirm
   * @param timeoutMs overrides the default for messages that take longer to handle
   * @returns whether all running threads confirmed in time
   */
  send(
    recipients: readonly Recipient<Message>[],
    createMessage: (revision: number) => Message,
    timeoutMs = this.#timeoutMs,
  ): Promise<boolean> {
    const revision = (this.#revision += 1);
    const running = [...recipients.entries()].filter(([, { thread }]) => thread !== undefined);
    const { promise, resolve } = Promise.withResolvers<void>();
    if (running.length === 0) resolve();
    else this.#pending.set(revision, { unconfirmed: new Set(running.map(([index]) => index)), complete: resolve });
    for (const [, { thread }] of running) thread?.post(createMessage(revision));
    return settlesWithin(timeoutMs, promise);
  }

  confirm(index: number, revision: number): void {
    const pending = this.#pending.get(revision);
    if (pending?.unconfirmed.delete(index) !== true || pending.unconfirmed.size > 0) return;
    this.#pending.delete(revision);
    pending.complete();
  }

  /** Stops waiting for a thread that died: its replacement starts with the current state. */
  threadDied(index: number): void {
    for (const revision of this.#pending.keys()) this.confirm(index, revision);
  }
}
