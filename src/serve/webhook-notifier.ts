import { randomUUID } from "node:crypto";
import type { Registry } from "prom-client";
import { ApiClient } from "../http/api-client.ts";
import type { NoticedEvent, WebhookConfig, WebhookEvent } from "../model/notify/webhook.ts";
import type { Run } from "../model/run.ts";
import type { BuiltReports } from "../model/views/brief-report.ts";
import type { DownUpstream } from "../model/status.ts";
import { DropWatch } from "../notify/drop-watch.ts";
import { ReportWatch } from "../notify/report-watch.ts";
import { WebhookSender } from "../notify/webhook-sender.ts";
import { failureText, upstreamText } from "../presentation/words/failure-words.ts";
import { formatDuration } from "../presentation/words/number-format.ts";
import type { Logger } from "../telemetry/logger.ts";
import { Counter } from "../telemetry/prometheus.ts";

export interface WebhookNotifierOptions {
  readonly webhooks: readonly WebhookConfig[];
  readonly registry: Registry;
  readonly log: Logger;
  /** The name of this replica. */
  readonly replica: string;
  readonly run: () => Run;
  readonly reports: () => Promise<BuiltReports | null>;
  /** Of all threads, since the start. */
  readonly droppedCopies: () => number;
  /** Whether this replica sends what all replicas see: verdicts and causes. */
  readonly speaksForAll: () => boolean;
}

const LOOK_EVERY_MS = 5_000;

/**
 * Sends events to the configured webhooks from the main thread. Without webhooks, it does nothing and has no metric. Receivers
 * cannot hold anything up: their events wait in bounded queues.
 */
export class WebhookNotifier {
  readonly #options: WebhookNotifierOptions;
  readonly #client = new ApiClient(1);
  readonly #senders: readonly WebhookSender[];
  readonly #reports = new ReportWatch();
  readonly #drops = new DropWatch();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(options: WebhookNotifierOptions) {
    this.#options = options;
    this.#senders = options.webhooks.length === 0 ? [] : this.#createSenders();
  }

  start(): void {
    if (this.#senders.length === 0) return;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS).unref();
    void this.#look();
  }

  upstreamDown(upstream: DownUpstream): void {
    if (upstream.role !== "candidate") return;
    const title = `${upstreamText(upstream)} is down`;
    this.#notify({ type: "candidate-down", title, details: [failureText(upstream)], candidate: upstream.subset });
  }

  upstreamBack(upstream: DownUpstream, downMs: number): void {
    if (upstream.role !== "candidate") return;
    const title = `${upstreamText(upstream)} is back after ${formatDuration(downMs)}`;
    this.#notify({ type: "candidate-back", title, details: [], candidate: upstream.subset });
  }

  close(): void {
    clearInterval(this.#timer);
    for (const sender of this.#senders) sender.close();
    void this.#client.close();
  }

  #createSenders(): WebhookSender[] {
    const { registry, log, webhooks } = this.#options;
    const deliveries = new Counter({
      name: "shadowdiff_webhook_events_total",
      help: "Events for webhooks by what became of them: delivered, failed after all attempts, or dropped.",
      labelNames: ["result"],
      registers: [registry],
    });
    for (const result of ["delivered", "failed", "dropped"]) deliveries.inc({ result }, 0);
    return webhooks.map(
      (webhook) =>
        new WebhookSender(webhook, {
          send: (url, request) => this.#client.send(url, request),
          now: Date.now,
          random: Math.random,
          after(ms, callback) {
            const timer = setTimeout(callback, ms).unref();
            return () => clearTimeout(timer);
          },
          onResult(result, { type, id }, origin, reason) {
            deliveries.inc({ result }, 1);
            if (result !== "delivered")
              log.warn({ event: type, id, receiver: origin, reason }, `webhook ${result}: ${reason}`);
          },
        }),
    );
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      for (const event of this.#drops.look(this.#options.droppedCopies(), performance.now())) this.#notify(event);
      const built = await this.#options.reports();
      if (built === null) return;
      const events = this.#reports.look(built.reports);
      if (this.#options.speaksForAll()) for (const event of events) this.#notify(event);
    } finally {
      this.#isLooking = false;
    }
  }

  #notify(noticed: NoticedEvent): void {
    if (this.#senders.length === 0) return;
    const { id, name } = this.#options.run();
    const event: WebhookEvent = {
      ...noticed,
      id: randomUUID(),
      at: Date.now(),
      run: { id, name },
      replica: this.#options.replica,
    };
    for (const sender of this.#senders) sender.notify(event);
  }
}
