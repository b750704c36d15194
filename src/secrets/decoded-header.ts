import { percentDecoded } from "./decoded-text.ts";

/** RFC 2047 §2: `=?utf-8?B?cGFzcw==?=`. */
const ENCODED_WORD = /=\?[\w.*-]{1,40}\?([bq])\?([^?\s]{0,200})\?=/gi;
/** RFC 2231 §3: `name*0="pass"; name*1*=%77ord`; also what separates the pieces. */
const NEXT_PIECE = /["']?\s{0,10};\s{0,10}[\w-]{1,40}\*[1-9]\d{0,2}\*?=["']?/g;

/** A header field as a tolerant recipient reads it: encoded words, continued parameters, quoted pairs and folds are decoded. */
export function decodedHeader(value: string): string {
  return percentDecoded(
    value
      .replaceAll(NEXT_PIECE, "")
      .replaceAll(ENCODED_WORD, (_, encoding: string, text: string) => decodedWord(encoding, text))
      .replaceAll(/\\(.)/g, "$1"),
  );
}

function decodedWord(encoding: string, text: string): string {
  if (/b/i.test(encoding)) return Buffer.from(text, "base64").toString("latin1");
  return percentDecoded(
    text
      .replaceAll("%", "%25")
      .replaceAll("_", " ")
      .replaceAll(/=(?=[\da-f]{2})/gi, "%"),
  );
}
