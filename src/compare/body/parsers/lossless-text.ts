const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** A character in UTF-8 (Unicode, table 3-7), or a byte that belongs to none. */
const CHARACTER =
  /[\u00c2-\u00df][\u0080-\u00bf]|\u00e0[\u00a0-\u00bf][\u0080-\u00bf]|\u00ed[\u0080-\u009f][\u0080-\u00bf]|[\u00e1-\u00ec\u00ee\u00ef][\u0080-\u00bf]{2}|\u00f0[\u0090-\u00bf][\u0080-\u00bf]{2}|\u00f4[\u0080-\u008f][\u0080-\u00bf]{2}|[\u00f1-\u00f3][\u0080-\u00bf]{3}|[\u0080-\u00ff]/g;

/**
 * Decodes UTF-8 so that different bytes give different texts: a byte that is not UTF-8 becomes a lone surrogate, U+DC80 to
 * U+DCFF, which no UTF-8 contains (PEP 383).
 */
export function losslessText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return Buffer.from(bytes)
      .toString("latin1")
      .replaceAll(CHARACTER, (units) =>
        units.length === 1
          ? String.fromCharCode(0xdc00 + units.charCodeAt(0))
          : Buffer.from(units, "latin1").toString("utf8"),
      );
  }
}
