import type { ApiRequest } from "../http/api-client.ts";
import type { WebhookConfig, WebhookEvent } from "../model/notify/webhook.ts";
import { webhookMessage } from "./webhook-message.ts";

/** What became of an event. */
export type DeliveryResult = "delivered" | "failed" | "dropped";

export interface WebhookSenderOptions {
  /** @returns the status code @throws if there is no response */
  send(url: URL, request: ApiRequest): Promise<{ readonly status: number }>;
  /** Unix milliseconds. */
  now(): number;
  /** From 0 to below 1. */
  random(): number;
  /** Calls back after some time. @returns a function that prevents it */
  after(ms: number, callback: () => void): () => void;
  /** @param reason why it failed; without the path of the URL, which is a secret */
  onResult(result: DeliveryResult, event: WebhookEvent, origin: string, reason: string): void;
}

/** Events that wait for one receiver. */
const MAX_WAITING = 100;
const MAX_ATTEMPTS = 8;
const FIRST_DELAY_MS = 1_000;
const MOST_DELAY_MS = 5 * 60_000;
const TIMEOUT_MS = 10_000;
/** A later attempt can succeed: the receiver is busy or broken, not unwilling. */
const WORTH_REPEATING: ReadonlySet<number> = new Set([408, 425, 429]);
const FIRST_SERVER_ERROR = 500;

/**
 * Sends events to one receiver in their order, one at a time. An attempt that fails is repeated after 1, 2, 4 … seconds with
 * jitter; meanwhile, further events wait, and beyond 100 the oldest is dropped.
 */
export class WebhookSender {
  readonly #webhook: WebhookConfig;
  readonly #options: WebhookSenderOptions;
  readonly #url: URL;
  readonly #waiting: WebhookEvent[] = [];
  #isSending = false;
  #isClosed = false;
  #cancel: (() => void) | undefined;

  constructor(webhook: WebhookConfig, options: WebhookSenderOptions) {
    this.#webhook = webhook;
    this.#options = options;
    this.#url = new URL(webhook.url);
  }

  /** Ignores events that the webhook is not for. */
  notify(event: WebhookEvent): void {
    if (this.#isClosed || !this.#webhook.events.includes(event.type)) return;
    this.#waiting.push(event);
    if (this.#waiting.length > MAX_WAITING) {
      // The first one is being sent.
      const [dropped] = this.#waiting.splice(1, 1);
      if (dropped !== undefined) this.#report("dropped", dropped, "too many events wait");
    }
    if (!this.#isSending) this.#sendNext();
  }

  /** Drops what waits. */
  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    for (const event of this.#waiting.splice(0)) this.#report("dropped", event, "shadowdiff ends");
  }

  #sendNext(): void {
    const [event] = this.#waiting;
    this.#isSending = event !== undefined;
    if (event !== undefined) void this.#attempt(event, 1);
  }

  async #attempt(event: WebhookEvent, attempt: number): Promise<void> {
    const problem = await this.#send(event);
    if (this.#isClosed) return;
    if (problem !== null && problem.isTemporary && attempt < MAX_ATTEMPTS) {
      const delay = Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
      this.#cancel = this.#options.after(delay * (0.5 + this.#options.random()), () => {
        void this.#attempt(event, attempt + 1);
      });
      return;
    }
    this.#waiting.shift();
    this.#report(problem === null ? "delivered" : "failed", event, problem?.reason ?? "");
    this.#sendNext();
  }

  async #send(event: WebhookEvent): Promise<{ readonly reason: string; readonly isTemporary: boolean } | null> {
    const { headers, body } = webhookMessage(this.#webhook, event, this.#options.now());
    try {
      const { status } = await this.#options.send(this.#url, { method: "POST", headers, body, timeoutMs: TIMEOUT_MS });
      if (status >= 200 && status < 300) return null;
      const isTemporary = status >= FIRST_SERVER_ERROR || WORTH_REPEATING.has(status);
      return { reason: `it responded with ${status}`, isTemporary };
    } catch (error) {
      return { reason: (error as Error).message, isTemporary: true };
    }
  }

  #report(result: DeliveryResult, event: WebhookEvent, reason: string): void {
    this.#options.onResult(result, event, this.#url.origin, reason);
  }
}
