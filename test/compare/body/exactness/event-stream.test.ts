import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import type { Spec } from "../../tree/json-spec.ts";
import { canonicalJson } from "./canonical-json.ts";
import { comparePairs, type ExactFormat } from "./exact-pairs.ts";
import type { Random } from "./random.ts";
import { changedJson, randomJson, writeJson } from "./random-json.ts";

interface Dispatched {
  readonly type: string;
  readonly options: { readonly data: string; readonly lastEventId?: string };
}

interface EventSourceStream {
  write(bytes: Uint8Array): void;
}

interface Settings {
  lastEventId?: string;
  reconnectionTime?: number;
}

/** The parser of undici's EventSource. */
const { EventSourceStream: Stream } = createRequire(import.meta.url)(
  "undici/lib/web/eventsource/eventsource-stream.js",
) as {
  readonly EventSourceStream: new (options: {
    readonly eventSourceSettings: Settings;
    readonly push: (event: Dispatched) => boolean;
  }) => EventSourceStream;
};

interface Block {
  readonly data: readonly string[] | Spec | undefined;
  readonly event: string;
  /** Undefined: the block sends none. */
  readonly id: string | undefined;
  readonly retry: number | undefined;
}

interface Sent {
  readonly blocks: readonly Block[];
  /** The stream ends within its last block. */
  readonly isCut: boolean;
}

const DATA = ["", "a", "b", " a", "a: b", ":", "1", '"a"', "[DONE]", "é", "{", "data: x"] as const;
const EVENTS = ["message", "message", "ping", "price", "Message", " "] as const;

const isText = (data: Block["data"]): data is readonly string[] => Array.isArray(data);

function randomData(random: Random): Block["data"] {
  const kind = random.below(10);
  if (kind < 5) return random.list(3, () => random.pick(DATA), 1);
  return kind === 5 ? undefined : randomJson(random, 2);
}

function randomBlock(random: Random): Block {
  return {
    data: randomData(random),
    event: random.pick(EVENTS),
    id: random.chance(0.3) ? random.pick(["", "1", "2", "x y"]) : undefined,
    retry: random.chance(0.15) ? random.pick([0, 500, 1_000]) : undefined,
  };
}

function changedBlock(block: Block, random: Random): Block {
  const { data } = block;
  switch (random.below(5)) {
    case 0:
      return { ...block, event: random.pick(EVENTS) };
    case 1:
      return { ...block, id: random.chance(0.5) ? random.pick(["", "1", "2"]) : undefined };
    case 2:
      return { ...block, retry: random.pick([undefined, 0, 500]) };
  }
  if (data === undefined || random.chance(0.2)) return { ...block, data: randomData(random) };
  if (!isText(data)) return { ...block, data: changedJson(data, random) };
  // A text and the JSON string of it are different data.
  if (data.length === 1 && random.chance(0.3)) return { ...block, data: [quoteToggled(data[0] ?? "")] };
  const pick = (): string => random.pick(DATA);
  return { ...block, data: random.changed(data, pick, pick) };
}

const quoteToggled = (text: string): string => (text.startsWith('"') ? text.slice(1, -1) : `"${text}"`);

/** The lines of a block in one of many orders, of which clients see only one of each kind but `data`. */
function writeBlock({ data, event, id, retry }: Block, lastId: string, random: Random): string[] {
  const field = (name: string, value: string): string => {
    if (value === "" && random.chance(0.3)) return name;
    return `${name}:${value.startsWith(" ") || random.chance(0.5) ? " " : ""}${value}`;
  };
  const lines = (isText(data) ? data : data === undefined ? [] : writeJson(data, random).split(/\r?\n/)).map(
    (line) => ["data", field("data", line)] as const,
  );
  const others: (readonly [kind: string, line: string])[] = [];
  if (event !== "message" || random.chance(0.2)) others.push(["event", field("event", event)]);
  // Sent again, it is the same id.
  if (id !== undefined || random.chance(0.1)) others.push(["id", field("id", id ?? lastId)]);
  if (random.chance(0.05)) others.push(["id", `id: ${lastId}`.replace(/$/, "\u0000")]);
  if (retry !== undefined) others.push(["retry", field("retry", String(retry))]);
  if (random.chance(0.1)) others.push(["", random.pick([": ping", "hello", "Data: x", "dat", "retry: soon", ":"])]);
  return random.reordered([...lines, ...others], ([kind]) => kind).map(([, line]) => line);
}

const FORMAT: ExactFormat<Sent> = {
  create: (random) => ({ blocks: random.list(4, () => randomBlock(random), 1), isCut: random.chance(0.2) }),
  change: (stream, random) => {
    if (random.chance(0.1)) return { ...stream, isCut: !stream.isCut };
    const changeBlock = (block: Block): Block => changedBlock(block, random);
    return { ...stream, blocks: random.changed(stream.blocks, () => randomBlock(random), changeBlock) };
  },
  write: ({ blocks, isCut }, random) => {
    const parts: string[] = [];
    const addBreak = (): void => {
      const follows = parts.at(-1)?.endsWith("\r") === true;
      parts.push(random.pick(follows ? ["\r", "\r\n"] : ["\n", "\r\n", "\r"]));
    };
    let lastId = "";
    for (const [at, block] of blocks.entries()) {
      for (const line of writeBlock(block, lastId, random)) {
        parts.push(line);
        addBreak();
      }
      lastId = block.id ?? lastId;
      const isLast = at === blocks.length - 1;
      if (!(isLast && isCut)) addBreak();
      if (!isLast && random.chance(0.1)) addBreak();
    }
    const text = parts.join("");
    const isOpen = isCut && random.chance(0.3);
    return { type: "text/event-stream", content: `event\n\n${isOpen ? text.replace(/(?:\r\n|\n|\r)$/, "") : text}` };
  },
  canonical: ({ content }) => {
    const complete = readEvents(`${String(content)}\n\n`);
    const dispatched = readEvents(String(content));
    const events = complete.events.map((event, at) => [...event, at < dispatched.events.length]);
    return JSON.stringify([events, complete.settings.reconnectionTime, dispatched.settings.lastEventId ?? ""]);
  },
};

function readEvents(text: string): { readonly events: readonly (readonly unknown[])[]; readonly settings: Settings } {
  const settings: Settings = {};
  const events: unknown[][] = [];
  const push = ({ type, options: { data, lastEventId = "" } }: Dispatched): boolean => {
    const json = canonicalJson(data);
    events.push([type, json === undefined ? `text ${data}` : `json ${json}`, lastEventId, settings.reconnectionTime]);
    return true;
  };
  new Stream({ eventSourceSettings: settings, push }).write(Buffer.from(text));
  return { events, settings };
}

describe("event streams", () => {
  it("match exactly if undici's EventSource dispatches the same events from them", async () => {
    const { pairs, equal, different } = await comparePairs(FORMAT, 5);
    expect(pairs).toBe(21_000);
    expect(equal).toBeGreaterThan(0.2);
    expect(different).toBeGreaterThan(0.2);
  });
});
