import { createHmac } from "node:crypto";
import { unreachable } from "../lib/unreachable.ts";
import type { WebhookConfig, WebhookEvent } from "../model/notify/webhook.ts";

/** What is sent to a receiver. */
export interface WebhookMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Of the JSON body; a change that receivers cannot ignore raises it. */
const VERSION = 1;
const MS_PER_SECOND = 1000;
/** Slack allows 3,000 characters in a section (https://docs.slack.dev/reference/block-kit/blocks/section-block). */
const MAX_SLACK_CHARACTERS = 2_900;
const MAX_LINE_CHARACTERS = 300;

/**
 * Writes an event for a receiver. With a secret, `Shadowdiff-Signature: t=SECONDS,v1=HEX` has the HMAC-SHA256 of the time, a dot
 * and the body, as webhooks of Stripe do: the time protects against a repetition.
 * @param now Unix milliseconds of this attempt
 */
export function webhookMessage({ format, secret }: WebhookConfig, event: WebhookEvent, now: number): WebhookMessage {
  const body = JSON.stringify(bodyOf(format, event));
  const seconds = Math.floor(now / MS_PER_SECOND);
  const signature = secret === undefined ? undefined : signatureOf(secret, seconds, body);
  return {
    body,
    headers: {
      "content-type": "application/json",
      "shadowdiff-event": event.type,
      "shadowdiff-delivery": event.id,
      ...(signature !== undefined && { "shadowdiff-signature": `t=${seconds},v1=${signature}` }),
    },
  };
}

function signatureOf(secret: string, seconds: number, body: string): string {
  return createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
}

function bodyOf(format: WebhookConfig["format"], event: WebhookEvent): object {
  switch (format) {
    case "json":
      return { version: VERSION, ...event, at: new Date(event.at).toISOString() };
    case "slack":
      return slackBody(event);
    case "teams":
      return teamsBody(event);
  }
  return unreachable(format);
}

function slackBody(event: WebhookEvent): object {
  const lines = [`*${slackText(event.title)}*`, ...event.details.map((line) => `• ${slackText(line)}`)];
  const text = lines.join("\n").slice(0, MAX_SLACK_CHARACTERS);
  return {
    text: slackText(event.title),
    blocks: [
      { type: "section", text: { type: "mrkdwn", text } },
      { type: "context", elements: [{ type: "mrkdwn", text: slackText(contextOf(event)) }] },
    ],
  };
}

/** Captured text must not become a mention or a link (https://docs.slack.dev/messaging/formatting-message-text). */
function slackText(text: string): string {
  return cut(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A message for a Teams workflow, "When a Teams webhook request is received": an Adaptive Card. */
function teamsBody(event: WebhookEvent): object {
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      plainLine(event.title, { weight: "Bolder", size: "Medium" }),
      ...event.details.map((line) => plainLine(line)),
      plainLine(contextOf(event), { isSubtle: true, size: "Small" }),
    ],
  };
  return {
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content }],
  };
}

/** The text of a TextBlock would be Markdown, so that a captured name could be a link; that of a TextRun is shown as it is. */
function plainLine(text: string, style: object = {}): object {
  return { type: "RichTextBlock", inlines: [{ type: "TextRun", text: cut(text), ...style }] };
}

function contextOf({ run, replica }: WebhookEvent): string {
  return `run ${run.name}, noticed by ${replica}`;
}

function cut(text: string): string {
  return text.length > MAX_LINE_CHARACTERS ? `${text.slice(0, MAX_LINE_CHARACTERS)}…` : text;
}
