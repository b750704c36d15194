/** Splits a text like `String.split`, one piece at a time: a list of all pieces can take many times the memory of the text. */
export function* splitLazily(text: string, separator: string): Generator<string> {
  let start = 0;
  for (let end = text.indexOf(separator); end !== -1; end = text.indexOf(separator, start)) {
    yield text.slice(start, end);
    start = end + separator.length;
  }
  yield text.slice(start);
}
