import { z } from "zod";
import { WEBHOOK_EVENTS, WEBHOOK_FORMATS } from "../../model/notify/webhook.ts";
import { required } from "../options/option.ts";
import { choice, listOf, text, type ValueType } from "../values/value-type.ts";

export const WEBHOOK_URL_ALLOWED = "an http or https URL";
/** The messages omit the value: the URL of a webhook is a secret. */
const webhookUrl: ValueType<string> = {
  placeholder: "url",
  allowed: WEBHOOK_URL_ALLOWED,
  json: { type: "string", pattern: "^https?://" },
  conceal: () => "••••••",
  parse: (value) =>
    typeof value === "string" && isHttpUrl(value.trim())
      ? { value: value.trim() }
      : { problem: "it is not an http or https URL" },
};

/** A receiver of events. */
export const webhookSchema = z.strictObject({
  url: required(webhookUrl).optional().describe("URL that events are sent to"),
  urlFile: required(text("file", "a path"))
    .optional()
    .describe("File with the URL, which is a secret in most services"),
  format: required(choice(...WEBHOOK_FORMATS))
    .default("json")
    .describe("json: signed, with all data; slack: an incoming webhook; teams: a workflow of Microsoft Teams"),
  secretFile: required(text("file", "a path"))
    .optional()
    .describe("File with the secret that signs each body (Shadowdiff-Signature)"),
  events: required(listOf(choice(...WEBHOOK_EVENTS)))
    .default([...WEBHOOK_EVENTS])
    .describe("Default: all"),
});

/** A validated webhook, whose files are not read yet. */
export type WebhookDocument = z.infer<typeof webhookSchema>;

/** Whether a text is an http or https URL without credentials. */
export function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}
