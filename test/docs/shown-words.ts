/** Numbers, ids, addresses and paths differ from run to run; the words do not. */
const WORD = /(?<![\w./-])\p{L}{3,}(?![\w./-])/gu;

/** RFC 9110 §5.6.7: `Sun, 29 Nov 2026 06:09:32 GMT`. */
const HTTP_DATE = /\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT/g;

/** The words of a program's output that every run has. */
function wordsOf(output: string): readonly string[] {
  return [...output.replaceAll(HTTP_DATE, "").matchAll(WORD)].map(([word]) => word);
}

/** @returns the words that a document shows as output, but the program did not print */
export function missingWords(shown: string, printed: string): readonly string[] {
  const known = new Set(wordsOf(printed));
  return [...new Set(wordsOf(shown))].filter((word) => !known.has(word));
}
