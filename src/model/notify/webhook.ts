/** What a webhook can be sent for. */
export const WEBHOOK_EVENTS = [
  "verdict-changed",
  "new-cause",
  "candidate-down",
  "candidate-back",
  "mirror-dropping",
] as const;
type WebhookEventType = (typeof WEBHOOK_EVENTS)[number];

/** How the body of a webhook is written. */
export const WEBHOOK_FORMATS = ["json", "slack", "teams"] as const;
type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

export interface WebhookConfig {
  /** A secret in most services. */
  readonly url: string;
  readonly format: WebhookFormat;
  /** Signs bodies; undefined: they are not signed. */
  readonly secret: string | undefined;
  readonly events: readonly WebhookEventType[];
}

/** Something that people want to know at once. */
export interface WebhookEvent {
  /** The same for all attempts to send it. */
  readonly id: string;
  readonly type: WebhookEventType;
  /** Unix milliseconds. */
  readonly at: number;
  /** One line for people, which can contain text from captured traffic. */
  readonly title: string;
  /** Further lines. */
  readonly details: readonly string[];
  readonly run: { readonly id: string; readonly name: string };
  /** Undefined for an event about all candidates. */
  readonly candidate: string | undefined;
  /** The name of the replica that noticed it. */
  readonly replica: string;
}

/** An event without what the sender adds. */
export type NoticedEvent = Pick<WebhookEvent, "type" | "title" | "details" | "candidate">;
