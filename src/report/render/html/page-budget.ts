import type { SafeHtml } from "@remix-run/html-template";

/** The parts of a list that fit. */
export interface Fitting {
  readonly parts: readonly SafeHtml[];
  /** How many did not fit. */
  readonly leftOut: number;
}

/** Keeps a file below its limit: parts are added, most important first, while there is room. */
export class PageBudget {
  #left: number;

  /** @param bytes of UTF-8 */
  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Takes the room of a part. @returns whether it fits */
  take(part: SafeHtml): boolean {
    const bytes = Buffer.byteLength(String(part));
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  /**
   * Takes the room of the first parts of a list, up to the first one that does not fit.
   * @param most bytes that the list may take
   */
  fit<Item>(items: readonly Item[], most: number, render: (item: Item) => SafeHtml): Fitting {
    const own = new PageBudget(Math.min(most, this.#left));
    const parts: SafeHtml[] = [];
    for (const item of items) {
      const part = render(item);
      if (!own.take(part)) break;
      this.take(part);
      parts.push(part);
    }
    return { parts, leftOut: items.length - parts.length };
  }
}
