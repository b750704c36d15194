import { createParser } from "eventsource-parser";
import { parseJson } from "../../tree/parse-json.ts";
import type { Json, JsonObject } from "../../tree/json-tree.ts";

/** The parser receives the text in chunks, as from a stream. */
const CHUNK_CHARS = 64 * 1024;
const NON_COMMENT = /^[^:\r\n]/m;

/**
 * Parses server-sent events (HTML §9.2.6) to an array of `{ event, id, data }`. Members that were not sent are absent, and
 * data that is JSON becomes its value. A `retry` is a separate element. Comments, which keep connections alive, are ignored.
 * An event that is cut off by the end of the stream counts too.
 * @returns undefined when the text contains more than comments but no event
 */
export function parseEventStream(text: string): Json[] | undefined {
  const events: Json[] = [];
  const parser = createParser({
    onEvent: ({ event, id, data }) => {
      const value: JsonObject = { data: parseJson(data)?.value ?? data };
      if (event !== undefined) value["event"] = event;
      if (id !== undefined) value["id"] = id;
      events.push(value);
    },
    onRetry: (retry) => events.push({ retry }),
  });
  const terminated = `${text}\n\n`;
  for (let at = 0; at < terminated.length; at += CHUNK_CHARS) parser.feed(terminated.slice(at, at + CHUNK_CHARS));
  return events.length === 0 && NON_COMMENT.test(text) ? undefined : events;
}
