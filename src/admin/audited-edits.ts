import type { FastifyRequest } from "fastify";
import { ALL_ENDPOINTS, type Review } from "../model/review.ts";
import { rulePaths, type Rule } from "../model/rule.ts";
import { formatNames, kindWords } from "../presentation/words/difference-words.ts";
import { formatPlural } from "../presentation/words/number-format.ts";
import type { StoreEdit } from "../store/store.ts";
import type { AdminOptions } from "./admin-options.ts";
import { ApiError, STORE_REMEDY } from "./api-error.ts";

export interface AuditedEditsOptions extends Pick<AdminOptions, "edit"> {
  /** Called after each edit, because reports can have changed. */
  onChange(): void;
}

/** Writes rules and reviews, each with an audit entry. */
export class AuditedEdits {
  readonly #options: AuditedEditsOptions;

  constructor(options: AuditedEditsOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the edit is stored.
   * @throws ApiError 503 if it could not be stored
   */
  async write(edit: StoreEdit): Promise<void> {
    const error = await this.#options.edit(edit);
    this.#options.onChange();
    if (error === null) return;
    throw new ApiError(
      "store-unavailable",
      `The change could not be stored: ${error}`,
      `${STORE_REMEDY} Then try again.`,
    );
  }
}

/** The author of a request in the audit: the client address, marked as admin if the listener requires a token. */
export function actorOf({ ip }: Pick<FastifyRequest, "ip">, { config }: Pick<AdminOptions, "config">): string {
  return config.admin.token === undefined ? ip : `admin (${ip})`;
}

/** One line for the audit: what the rule does, where, until when and why. */
export function describeRule({ action, endpoint, section, path, kind, reason, expiresAt }: Rule): string {
  const field = `${section} ${formatNames(rulePaths({ path }))}${kind === undefined ? "" : ` (${kindWords(kind)})`}`;
  return `the ${action.type} rule for ${endpoint}: ${field}${describeExpiry(expiresAt)}: ${reason}`;
}

/** One line for the audit: rules that are added or removed together. */
export function describeRules(rules: readonly Rule[]): string {
  const [first, ...others] = rules;
  if (first === undefined) return "";
  if (others.length === 0) return describeRule(first);
  return `${formatPlural(rules.length, "rule")}, such as ${describeRule(first)}`;
}

/** One line for the audit: the decision, the cause, until when and why. */
export function describeReview({ decision, endpoints, title, reason, expiresAt }: Review): string {
  const [first = "", ...others] = endpoints;
  const several = first === ALL_ENDPOINTS ? "on all endpoints" : `on ${formatPlural(endpoints.length, "endpoint")}`;
  const where = first === ALL_ENDPOINTS || others.length > 0 ? several : first;
  return `${decision} ${where}: ${title}${describeExpiry(expiresAt)}: ${reason}`;
}

/** One line for the audit: one decision about one or several causes. */
export function describeReviews(reviews: readonly Review[]): string {
  const [first, ...others] = reviews;
  if (first === undefined) return "";
  if (others.length === 0) return describeReview(first);
  const { decision, reason, expiresAt } = first;
  const titles = formatNames(reviews.map(({ title }) => title));
  return `${decision} ${formatPlural(reviews.length, "cause")}: ${titles}${describeExpiry(expiresAt)}: ${reason}`;
}

function describeExpiry(expiresAt: number | null): string {
  return expiresAt === null ? "" : ` until ${new Date(expiresAt).toISOString().slice(0, 10)}`;
}
