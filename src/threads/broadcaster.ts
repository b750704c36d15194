import { settlesWithin } from "../lib/settles-within.ts";

/** A thread that has not confirmed by then stands still; it follows once it goes on. */
const DEFAULT_PATIENCE_MS = 2_000;

/** A thread as far as it is told something; undefined while it is being replaced. */
interface Listener<Message> {
  readonly thread: { post(message: Message): void } | undefined;
}

interface Open {
  readonly missing: Set<number>;
  readonly complete: () => void;
}

/** Tells all threads of a kind something, and waits until each has confirmed it or is gone. */
export class Broadcaster<Message> {
  readonly #patienceMs: number;
  readonly #open = new Map<number, Open>();
  #revision = 0;

  constructor(patienceMs = DEFAULT_PATIENCE_MS) {
    this.#patienceMs = patienceMs;
  }

  /**
   * @param message made from the revision, with which it is confirmed
   * @param patienceMs for what takes longer than a change
   * @returns whether everybody who lives confirmed in time
   */
  send(
    listeners: readonly Listener<Message>[],
    message: (revision: number) => Message,
    patienceMs = this.#patienceMs,
  ): Promise<boolean> {
    const revision = (this.#revision += 1);
    const living = [...listeners.entries()].filter(([, { thread }]) => thread !== undefined);
    const { promise, resolve } = Promise.withResolvers<void>();
    if (living.length === 0) resolve();
    else this.#open.set(revision, { missing: new Set(living.map(([index]) => index)), complete: resolve });
    for (const [, { thread }] of living) thread?.post(message(revision));
    return settlesWithin(patienceMs, promise);
  }

  confirm(index: number, revision: number): void {
    const open = this.#open.get(revision);
    if (open?.missing.delete(index) !== true || open.missing.size > 0) return;
    this.#open.delete(revision);
    open.complete();
  }

  /** Whoever comes in its place is born with what was told. */
  gone(index: number): void {
    for (const revision of this.#open.keys()) this.confirm(index, revision);
  }
}
