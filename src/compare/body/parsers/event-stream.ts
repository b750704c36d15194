import { createParser } from "eventsource-parser";
import { parseJson } from "../../tree/parse-json.ts";
import type { Json, JsonObject } from "../../tree/json-tree.ts";

/** Text is handed over in pieces, as a stream would. */
const PIECE_CHARS = 64 * 1024;
const NO_COMMENT = /^[^:\r\n]/m;

/**
 * Server-sent events (HTML §9.2.6) as an array of `{ event, id, data }`, each member only where it was sent; data that is
 * JSON as its value. A `retry` stands as an element of its own. Comments, which keep connections alive, are nothing. An
 * event that the stream ends within counts too.
 * @returns undefined when there is text besides comments, and none of it is an event
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
  const whole = `${text}\n\n`;
  for (let at = 0; at < whole.length; at += PIECE_CHARS) parser.feed(whole.slice(at, at + PIECE_CHARS));
  return events.length === 0 && NO_COMMENT.test(text) ? undefined : events;
}
