import { Parser } from "htmlparser2";
import { LineBuilder, type LineTable } from "./line-table.ts";

/** A tag, a text, a comment or a declaration. */
interface Piece {
  readonly kind: "open" | "close" | "text" | "other";
  /** Up to the start of the next piece. */
  readonly from: number;
  readonly depth: number;
}

/** An element without children that fits into this many characters stays on one line. */
const MAX_JOINED = 120;

/** Cuts a document where its tags begin. Nothing is built, loaded or run: only positions are used. */
function cutMarkup(text: string, isXml: boolean): Piece[] {
  const pieces: Piece[] = [];
  let depth = 0;
  const add = (kind: Piece["kind"], at = depth): void => {
    // Implied tags have no text of their own.
    if (parser.startIndex > (pieces.at(-1)?.from ?? -1)) pieces.push({ kind, from: parser.startIndex, depth: at });
  };
  const parser = new Parser(
    {
      onopentag: (_name, _attributes, isImplied) => {
        if (!isImplied) add("open");
        depth += 1;
      },
      onclosetag: (_name, isImplied) => {
        depth = Math.max(0, depth - 1);
        if (!isImplied) add("close");
      },
      ontext: () => pieces.at(-1)?.kind === "text" || add("text"),
      oncomment: () => add("other"),
      oncdatastart: () => add("other"),
      onprocessinginstruction: () => add("other"),
    },
    { xmlMode: isXml, decodeEntities: false },
  );
  parser.end(text);
  return pieces;
}

/** HTML or XML with a line per tag and text. All its characters stay, except white space around the lines. */
export function markupLines(text: string, isXml: boolean): LineTable {
  const pieces = cutMarkup(text, isXml);
  const lines = new LineBuilder();
  const textOf = (index: number): string => text.slice(pieces[index]?.from ?? text.length, pieces[index + 1]?.from);
  const add = (content: string, depth: number): void => {
    for (const line of content.split("\n")) if (line.trim() !== "") lines.add(line.trim(), depth);
  };
  add(text.slice(0, pieces[0]?.from ?? 0), 0);
  for (let index = 0; index < pieces.length; index += 1) {
    const { kind, depth = 0 } = pieces[index] ?? {};
    const length = kind === "open" ? joinedPieces(pieces, index) : 1;
    const joined = Array.from({ length }, (_, at) => textOf(index + at)).join("");
    if (length > 1 && joined.length <= MAX_JOINED) {
      add(joined, depth);
      index += length - 1;
    } else add(textOf(index), depth);
  }
  return lines.build();
}

/** How many pieces form an element without children: its tags and the text between them. */
function joinedPieces(pieces: readonly Piece[], index: number): number {
  if (pieces[index + 1]?.kind === "close") return 2;
  return pieces[index + 1]?.kind === "text" && pieces[index + 2]?.kind === "close" ? 3 : 1;
}
