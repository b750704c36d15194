import type { NoticedEvent } from "../model/notify/webhook.ts";
import { formatPlural } from "../presentation/words/number-format.ts";

/** Without a drop for this long, the next one is an event again. */
const QUIET_MS = 10 * 60_000;

/** Notices when copies for candidates begin to be dropped. */
export class DropWatch {
  #count: number | undefined;
  #lastDropAt = -Infinity;

  /** @param count of all dropped copies @param now monotonic milliseconds */
  look(count: number, now: number): readonly NoticedEvent[] {
    const dropped = count - (this.#count ?? count);
    this.#count = count;
    if (dropped <= 0) return [];
    const isFirst = now - this.#lastDropAt >= QUIET_MS;
    this.#lastDropAt = now;
    if (!isFirst) return [];
    const title = `copies are dropped: ${formatPlural(dropped, "request")} did not reach a candidate`;
    const details = ["Clients are not affected. The accounting of the report names the limit."];
    return [{ type: "mirror-dropping", title, details, candidate: undefined }];
  }
}
