import { seeded } from "../../lib/seeded.ts";
import { QUIRK_GROUPS, type QuirkCase } from "./response-quirks.ts";

/** Longer responses have most of their bytes in one value. */
const MAX_BYTES = 300;
/** What parsers tend to read differently. */
const PIECES: readonly string[] = [
  ...Array.from('\0\t\n\r ,;:05aAX/="(-+.'),
  "\x01",
  "\x7f",
  "\x80",
  "\xff",
  "\r\n",
  "\r\n ",
  "\r\n\t",
  "chunked",
  "200",
  "HTTP/1.1 ",
  "Content-Length: 5\r\n",
  "Transfer-Encoding: chunked\r\n",
];

/** Unusual responses with one or two random changes: a piece inserted, a byte replaced or up to three bytes removed. */
export function mutatedResponses(seed: number, count: number): readonly QuirkCase[] {
  const random = seeded(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const originals = QUIRK_GROUPS.flatMap(({ cases }) => cases).filter(
    ({ bytes }) => bytes.length > 0 && bytes.length < MAX_BYTES,
  );
  const mutate = (bytes: string): string => {
    const at = below(bytes.length);
    const piece = PIECES[below(PIECES.length)] ?? "";
    const kind = below(4);
    if (kind < 2) return bytes.slice(0, at) + piece + bytes.slice(at);
    return bytes.slice(0, at) + (kind === 2 ? piece + bytes.slice(at + 1) : bytes.slice(at + 1 + below(3)));
  };
  return Array.from({ length: count }, () => {
    const original = originals[below(originals.length)] as QuirkCase;
    const once = mutate(original.bytes);
    return { ...original, bytes: below(2) === 0 ? once : mutate(once) };
  });
}
