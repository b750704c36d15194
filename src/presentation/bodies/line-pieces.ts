import type { LinePart } from "./clip-line.ts";
import type { Span } from "./inline-changes.ts";

/** How a piece of a line is colored. */
type TokenKind = "key" | "string" | "number" | "word" | "plain";

export interface Token extends Span {
  readonly kind: TokenKind;
}

/** Consecutive characters that look the same. */
export interface Piece {
  readonly text: string;
  readonly kind: TokenKind;
  readonly isChanged: boolean;
  readonly isFound: boolean;
  /** Characters that are not shown here; 0 if this is text. */
  readonly hidden: number;
}

function kindOfValue(text: string, at: number): TokenKind {
  const [first = ""] = text.slice(at, at + 1);
  if (first === '"') return "string";
  if (/[-\d]/.test(first)) return "number";
  return /[a-z]/.test(first) ? "word" : "plain";
}

/** The key, the colon and the value of a line of JSON. */
export function jsonTokens(text: string, keyLength: number): readonly Token[] {
  const value = keyLength === 0 ? 0 : keyLength + 2;
  const rest: Token = { kind: kindOfValue(text, value), from: value, to: text.length };
  if (keyLength === 0) return [rest];
  return [{ kind: "key", from: 0, to: keyLength }, { kind: "plain", from: keyLength, to: value }, rest];
}

function covers(spans: readonly Span[], at: number): boolean {
  return spans.some(({ from, to }) => from <= at && at < to);
}

interface LineMarks {
  readonly tokens: readonly Token[];
  /** What differs from the other side. */
  readonly changes: readonly Span[];
  /** What was searched for. */
  readonly found: readonly Span[];
  /** What is shown of a long line. */
  readonly parts: readonly LinePart[];
}

/** Cuts a line wherever its look changes. */
export function linePieces(text: string, { tokens, changes, found, parts }: LineMarks): readonly Piece[] {
  const borders = [...tokens, ...changes, ...found].flatMap(({ from, to }) => [from, to]);
  return parts.flatMap(({ isGap, from, to }): Piece[] => {
    if (isGap) return [{ text: "", kind: "plain", isChanged: false, isFound: false, hidden: to - from }];
    const cuts = [...new Set([from, ...borders.filter((at) => at > from && at < to)])].toSorted((a, b) => a - b);
    return cuts.map((start, index) => ({
      text: text.slice(start, cuts[index + 1] ?? to),
      kind: tokens.find((token) => token.from <= start && start < token.to)?.kind ?? "plain",
      isChanged: covers(changes, start),
      isFound: covers(found, start),
      hidden: 0,
    }));
  });
}

/**
 * Characters that do not show what they are: controls, lone surrogates, and those that change the direction or are invisible. A
 * text with them could look like another one.
 */
const HIDDEN = /((?![\t\n])\p{Cc}|[\u00AD\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF]|\p{Cs})/u;

/** A text in parts: plain ones, and single characters to show by their number. */
export function splitHidden(text: string): readonly { readonly text: string; readonly isHidden: boolean }[] {
  return text
    .split(HIDDEN)
    .map((part, index) => ({ text: index % 2 === 0 ? part : codePoint(part), isHidden: index % 2 === 1 }))
    .filter((part) => part.text !== "");
}

function codePoint(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}
