import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { ApiClient } from "../../src/http/api-client.ts";
import { WEBHOOK_EVENTS, type WebhookConfig, type WebhookEvent } from "../../src/model/notify/webhook.ts";
import { DropWatch } from "../../src/notify/drop-watch.ts";
import { webhookMessage } from "../../src/notify/webhook-message.ts";
import { type DeliveryResult, WebhookSender } from "../../src/notify/webhook-sender.ts";

interface Received {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const EVENT: WebhookEvent = {
  id: "e1",
  type: "verdict-changed",
  at: Date.UTC(2026, 10, 30),
  title: "verdict of v2: inconclusive → fail",
  details: ["GET /a: <!channel> & more"],
  run: { id: "r1", name: "release" },
  candidate: "v2",
  replica: "host",
};

/** A real receiver that responds with these statuses, one after another, and with 200 from then on. */
async function receiver(...statuses: number[]): Promise<{ url: string; received: Received[]; server: Server }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    response.writeHead(statuses.shift() ?? 200).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`, received, server };
}

function config(url: string, changes: Partial<WebhookConfig> = {}): WebhookConfig {
  return { url, format: "json", secret: undefined, events: WEBHOOK_EVENTS, ...changes };
}

/** A sender whose waits end at once. */
function sender(webhook: WebhookConfig): {
  sender: WebhookSender;
  waits: number[];
  results: [DeliveryResult, string, string][];
} {
  const client = new ApiClient(1);
  const waits: number[] = [];
  const results: [DeliveryResult, string, string][] = [];
  const created = new WebhookSender(webhook, {
    send: (url, request) => client.send(url, request),
    now: () => EVENT.at,
    random: () => 0.5,
    after(ms, callback) {
      waits.push(ms);
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    },
    onResult: (result, _, origin, reason) => void results.push([result, origin, reason]),
  });
  onTestFinished(() => {
    created.close();
    void client.close();
  });
  return { sender: created, waits, results };
}

describe("WebhookSender", () => {
  it("delivers a signed body, which a receiver can verify", async () => {
    const { url, received } = await receiver();
    const { sender: webhook, results } = sender(config(url, { secret: "s3cret" }));
    webhook.notify(EVENT);
    await expect.poll(() => results).toEqual([["delivered", new URL(url).origin, ""]]);
    const [{ headers, body } = { headers: {}, body: "" }] = received;
    expect(JSON.parse(body)).toEqual({ version: 1, ...EVENT, at: "2026-11-30T00:00:00.000Z" });
    const [, seconds = "", signature] = /^t=(\d+),v1=([\da-f]+)$/.exec(String(headers["shadowdiff-signature"])) ?? [];
    expect(Number(seconds)).toBe(EVENT.at / 1000);
    expect(signature).toBe(createHmac("sha256", "s3cret").update(`${seconds}.${body}`).digest("hex"));
    expect(headers).toMatchObject({ "shadowdiff-event": "verdict-changed", "shadowdiff-delivery": "e1" });
  });

  it("repeats what can succeed later, with growing waits, and keeps the order", async () => {
    const { url, received } = await receiver(503, 429);
    const { sender: webhook, waits, results } = sender(config(url));
    webhook.notify(EVENT);
    webhook.notify({ ...EVENT, id: "e2" });
    await expect.poll(() => results.map(([result]) => result)).toEqual(["delivered", "delivered"]);
    expect(received.map(({ headers }) => headers["shadowdiff-delivery"])).toEqual(["e1", "e1", "e1", "e2"]);
    expect(waits).toEqual([1000, 2000]);
  });

  it("gives up at once when the receiver is unwilling, and after eight attempts when it is broken or gone", async () => {
    const unwilling = await receiver(404);
    const first = sender(config(unwilling.url));
    first.sender.notify(EVENT);
    await expect
      .poll(() => first.results)
      .toEqual([["failed", new URL(unwilling.url).origin, "it responded with 404"]]);
    const gone = await receiver();
    gone.server.close();
    await once(gone.server, "close");
    const second = sender(config(gone.url));
    second.sender.notify(EVENT);
    await expect.poll(() => second.results).toEqual([["failed", new URL(gone.url).origin, "connection refused"]]);
    expect(second.waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000]);
  });

  it("keeps at most 100 events for a receiver that does not respond, and drops the oldest that waits", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const { sender: webhook, results } = sender(config(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`));
    for (let index = 0; index < 103; index += 1) webhook.notify({ ...EVENT, id: `${index}` });
    expect(results.map(([result]) => result)).toEqual(["dropped", "dropped", "dropped"]);
    webhook.close();
    expect(results.length).toBe(103);
  });

  it("sends only the configured events", async () => {
    const { url, received } = await receiver();
    const { sender: webhook, results } = sender(config(url, { events: ["new-cause"] }));
    webhook.notify(EVENT);
    webhook.notify({ ...EVENT, type: "new-cause", id: "e2" });
    await expect.poll(() => results.length).toBe(1);
    expect(received.map(({ headers }) => headers["shadowdiff-event"])).toEqual(["new-cause"]);
  });
});

/** The text of a TextBlock of Teams is Markdown, that of a TextRun is not. */
function plainLine(text: string): object {
  return { type: "RichTextBlock", inlines: [{ type: "TextRun", text }] };
}

describe("webhookMessage", () => {
  it("writes blocks for Slack, in which captured text is no mention", () => {
    const { body } = webhookMessage(config("http://a/", { format: "slack" }), EVENT, EVENT.at);
    expect(JSON.parse(body)).toEqual({
      text: "verdict of v2: inconclusive → fail",
      blocks: [
        {
          type: "section",
          text: { type: "mrkdwn", text: "*verdict of v2: inconclusive → fail*\n• GET /a: &lt;!channel&gt; &amp; more" },
        },
        { type: "context", elements: [{ type: "mrkdwn", text: "run release, noticed by host" }] },
      ],
    });
  });

  it("writes an Adaptive Card for Teams, in which captured text is no link", () => {
    const link = "GET /[sign in](https://evil.example/)";
    const { body } = webhookMessage(config("http://a/", { format: "teams" }), { ...EVENT, details: [link] }, EVENT.at);
    expect(JSON.parse(body)).toMatchObject({
      type: "message",
      attachments: [
        {
          contentType: "application/vnd.microsoft.card.adaptive",
          content: {
            type: "AdaptiveCard",
            version: "1.4",
            body: [plainLine(EVENT.title), plainLine(link), plainLine("run release, noticed by host")],
          },
        },
      ],
    });
  });
});

describe("DropWatch", () => {
  it("notices when drops begin, and again after ten quiet minutes", () => {
    const watch = new DropWatch();
    const minute = 60_000;
    const noticed = [
      [5, 0],
      [5, 1],
      [8, 2],
      [9, 3],
      [10, 20],
    ].map(([count = 0, at = 0]) => watch.look(count, at * minute).map(({ title }) => title));
    expect(noticed).toEqual([
      [],
      [],
      ["copies are dropped: 3 requests did not reach a candidate"],
      [],
      ["copies are dropped: 1 request did not reach a candidate"],
    ]);
  });
});
