/** Each verdict has a glyph, a word and a color, so that no reader depends on the color. */
export const VERDICT_BADGES = {
  pass: { glyph: "✓", word: "pass" },
  fail: { glyph: "✗", word: "fail" },
  inconclusive: { glyph: "?", word: "inconclusive" },
  noise: { glyph: "≈", word: "noise" },
  likely: { glyph: "!", word: "likely real" },
  real: { glyph: "✗", word: "real" },
} as const;
