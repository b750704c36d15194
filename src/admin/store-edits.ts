import type { FastifyRequest } from "fastify";
import type { StoreEdit } from "../store/store.ts";
import { ApiError } from "./api-error.ts";
import type { AdminOptions } from "./admin-context.ts";

export interface EditsOptions extends Pick<AdminOptions, "edit"> {
  /** Reports are others now. */
  changed(): void;
}

/** Writes rules and reviews, each with a line of audit. */
export class Edits {
  readonly #options: EditsOptions;

  constructor(options: EditsOptions) {
    this.#options = options;
  }

  /**
   * Fulfilled when it is stored.
   * @throws ApiError 503 when it could not be
   */
  async write(edit: StoreEdit): Promise<void> {
    const error = await this.#options.edit(edit);
    this.#options.changed();
    if (error === null) return;
    throw new ApiError(
      "store-unavailable",
      `The change could not be stored: ${error}`,
      "Make the path of --store readable and writable, and free space on its disk; then try again.",
    );
  }
}

/** Whoever sends a request, as an audit names them: where they are, and that they had the token. */
export function whoOf({ ip }: Pick<FastifyRequest, "ip">, { config }: Pick<AdminOptions, "config">): string {
  return config.admin.token === undefined ? ip : `admin (${ip})`;
}
