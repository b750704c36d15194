/** A part of a Markdown document that can be shortened. */
export interface MarkdownSection {
  /** Before the rows. */
  readonly head: string;
  /** Most important first. */
  readonly rows: readonly string[];
  /** After the rows. */
  readonly foot?: string | undefined;
  /** What the rows are, for the sentence about those that are left out: `3 more endpoints`. */
  readonly nameRows: (count: number) => string;
  /** How much of the space that is left it may take, 0–1. Sections with 1 get their space before all others. */
  readonly share: number;
}

/** For the sentence about the rows that are left out. */
const SENTENCE_BYTES = 200;

/**
 * Joins sections so that they fit. The last rows of each are left out first, with a sentence that says how many; a section of which
 * no row fits is one sentence.
 * @param maxBytes of the result in UTF-8
 */
export function fitSections(title: string, sections: readonly MarkdownSection[], maxBytes: number): string {
  const present = sections.filter(({ rows }) => rows.length > 0);
  const reserved = present.length * SENTENCE_BYTES + bytesOf(title);
  let left = maxBytes - reserved;
  const texts = new Map<MarkdownSection, string>();
  for (const section of present.toSorted((one, other) => Number(other.share === 1) - Number(one.share === 1))) {
    const text = fitRows(section, Math.floor(left * section.share));
    texts.set(section, text);
    left -= Math.max(0, bytesOf(text) - SENTENCE_BYTES);
  }
  return [title, ...present.map((section) => texts.get(section) ?? "")].join("");
}

function fitRows({ head, rows, foot = "", nameRows }: MarkdownSection, maxBytes: number): string {
  let bytes = bytesOf(head) + bytesOf(foot);
  let shown = 0;
  for (const row of rows) {
    bytes += bytesOf(row);
    if (bytes > maxBytes) break;
    shown += 1;
  }
  const rest = rows.length - shown;
  const sentence =
    rest === 0
      ? ""
      : `\n_Left out, because the text would be too long: ${nameRows(rest)}, the least important. \`report --format text\` lists them._\n`;
  if (shown === 0) return sentence;
  return `${head}${rows.slice(0, shown).join("")}${foot}${sentence}`;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
