import { createParser } from "eventsource-parser";
import { parseJson } from "../../tree/parse-json.ts";
import { COST, ParseBudget } from "../parse-limits.ts";
import { quotedString, type Json, type JsonObject } from "../../tree/json-tree.ts";

/** The parser receives the text in chunks, as from a stream. */
const CHUNK_CHARS = 64 * 1024;
const FIELD = /(?:^|[\r\n])(?:data|event|id|retry)(?![^:\r\n])/;
const NON_COMMENT = /(?:^|[\r\n])[^:\r\n]/;
/** It strips one from the beginning; that of the body has been removed already. */
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Parses server-sent events to an array of what a client sees (HTML §9.2.6): `{ event, id, data }`, where data that is JSON
 * becomes its value. `event` is absent when it is `message`. The `id` of an event is the last one sent, also if that was
 * before the event; one without an event is an element at the end. A new `retry` is an element before the event that follows
 * it. An event that the end of the stream cuts off, which clients discard, has the member `incomplete`.
 * @returns undefined when the text contains more than comments, but no field of an event stream
 * @throws ParseLimitError
 */
export function parseEventStream(text: string, budget = new ParseBudget()): Json[] | undefined {
  if (!FIELD.test(text) && NON_COMMENT.test(text)) return undefined;
  const events: Json[] = [];
  let lastId = "";
  let shownId = "";
  let isEnd = false;
  let retry: number | undefined;
  let nextRetry: number | undefined;
  const takeRetry = (): void => {
    if (nextRetry === undefined || nextRetry === retry) return;
    retry = nextRetry;
    budget.take(COST.element);
    events.push({ retry });
  };
  const parser = createParser({
    onId: (id) => (lastId = id),
    onRetry: (milliseconds) => (nextRetry = milliseconds),
    onEvent: ({ event, data }) => {
      takeRetry();
      budget.take(COST.element);
      const parsed = parseJson(data, budget);
      const value: JsonObject = { data: parsed === undefined ? data : quotedString(parsed.value) };
      if (event !== undefined && event !== "message") value["event"] = event;
      if (lastId !== "") value["id"] = lastId;
      shownId = lastId;
      if (isEnd) value["incomplete"] = true;
      events.push(value);
    },
  });
  parser.feed(BYTE_ORDER_MARK);
  for (let at = 0; at < text.length; at += CHUNK_CHARS) parser.feed(text.slice(at, at + CHUNK_CHARS));
  // A client that reconnects sends the last id, also if no event has had it.
  const endId = lastId === shownId ? undefined : lastId;
  isEnd = true;
  parser.feed("\n\n");
  takeRetry();
  if (endId !== undefined) {
    budget.take(COST.element);
    events.push({ id: endId });
  }
  return events;
}
