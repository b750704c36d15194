/** Elements that begin and end a line (HTML §15.3), so that whitespace at their edges is not seen; `br` ends one, too. */
const BLOCKS: ReadonlySet<string> = new Set(
  (
    "html head body title meta link base style script noscript template address article aside blockquote br center dd " +
    "details dialog dir div dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend " +
    "li main menu nav ol optgroup option p pre search section select summary table caption colgroup col tbody thead tfoot " +
    "tr td th ul"
  ).split(" "),
);
const PREFORMATTED: ReadonlySet<string> = new Set([
  "pre",
  "textarea",
  "script",
  "style",
  "listing",
  "xmp",
  "plaintext",
]);
/** HTML §2.3.2: a no-break space is none. */
const RUN = /[ \t\n\f\r]+/g;

/** Whether whitespace counts as it is within. */
export function isPreformatted(tagName: string): boolean {
  return PREFORMATTED.has(tagName);
}

/**
 * A text as it is seen: runs of whitespace are one space, and none at the edge of a block. (What a style sheet says, nobody
 * asks.)
 * @param before what it stands behind: the tag name of an element, empty for none
 */
export function collapseSpace(text: string, before: string, after: string): string {
  let shown = text.replaceAll(RUN, " ");
  if (BLOCKS.has(before) && shown.startsWith(" ")) shown = shown.slice(1);
  if (BLOCKS.has(after) && shown.endsWith(" ")) shown = shown.slice(0, -1);
  return shown;
}
