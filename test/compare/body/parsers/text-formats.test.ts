import { describe, expect, it } from "vitest";
import { found, tree } from "../bodies.ts";

describe("JSON lines", () => {
  it.each([
    ["application/x-ndjson", '{"a":1}\n\n[2]\n'],
    ["application/jsonl", '{"a":1}\r\n[2]'],
    ["application/json-seq", '\u001e{"a":\n1}\n\u001e[2]\n'],
    ["application/geo+json-seq", '\u001e{"a":1}\n\u001e[2]\n'],
    ["", '{"a":1}\n[2]\n'],
  ])("become an array of values: %j", (type, text) => {
    expect(tree(text, type)).toEqual([{ a: 1 }, [2]]);
  });

  it("keep exact numbers and repeated keys", () => {
    expect(found('{"a":9007199254740993}\n', '{"a":9007199254740992}\n', "application/x-ndjson")).toEqual([
      "value $[*].a: 9007199254740993 → 9007199254740992",
    ]);
    expect(found('{"a":1,"a":2}\n', '{"a":2}\n', "application/x-ndjson")).toHaveLength(1);
  });

  it("are text when one line is not valid JSON", () => {
    expect(found('{"a":1}\n{"a"\n', '{"a":1}\n', "application/x-ndjson")).toEqual([
      "parse $: not valid JSON lines → JSON lines",
    ]);
  });
});

describe("a JSON text sequence", () => {
  const TYPE = "application/json-seq";
  it.each(["1", "true", "null", "1.5e3"])("is cut off where nothing follows %s, which may be longer", (text) => {
    expect(found(`\u001e[1]\n\u001e${text}`, `\u001e[1]\n\u001e${text}\n`, TYPE)).toEqual([
      "parse $: not valid JSON lines → JSON lines",
    ]);
    expect(found(`\u001e${text}\u001e[1]\n`, `\u001e${text} \u001e[1]\n`, TYPE)).toHaveLength(1);
  });

  it.each(['"a"', "[1]", '{"a":1}'])("does not need white space after %s", (text) => {
    expect(found(`\u001e${text}`, `\u001e${text}\n`, TYPE)).toEqual([]);
  });
});

describe("JSON with another media type", () => {
  it.each([
    "text/plain",
    "",
    "application/octet-stream",
    "application/vnd.acme.thing",
    "application/x-www-form-urlencoded",
  ])("is detected: %j", (type) => {
    expect(found('{"a":1}', '{ "a": 2 }', type)).toEqual(["value $.a: 1 → 2"]);
  });
});

describe("a form", () => {
  const FORM = "application/x-www-form-urlencoded";
  it("becomes decoded fields by name, in any order", () => {
    expect(found("a=1&b=x+y%21", "b=x%20y!&a=1", FORM)).toEqual([]);
    expect(found("a=1&b=2", "a=1&b=3&c=", FORM)).toEqual(['value $.b: "2" → "3"', 'extra $.c: null → ""']);
  });

  it("keeps the order of the values of one name", () => {
    expect(found("a=1&a=2", "a=2&a=1", FORM)).toHaveLength(1);
    expect(found("a=1&a=2", "a=1&a=2&a=2", FORM)).toEqual([
      "extra $.a: 2 values under one key → 3 values under one key",
    ]);
  });
});

describe("a table", () => {
  it.each([
    ["text/csv", 'id,name\r\n1,a\r\n2,"b, ""c"""\r\n', ","],
    ["text/csv", 'id;name\n1;a\n2;"b, ""c"""', ";"],
    ["text/tab-separated-values", 'id\tname\n1\ta\n2\tb, "c"', "\t"],
  ])("of %s becomes rows by column name", (type, text, delimiter) => {
    expect(tree(text, type)).toEqual({
      delimiter,
      columns: ["id", "name"],
      rows: [
        { id: "1", name: "a" },
        { id: "2", name: 'b, "c"' },
      ],
    });
  });

  it("without column names becomes rows of cells", () => {
    const rows = { delimiter: ",", rows: [["1", "2"], ["3"]] };
    expect(tree("1,2\n3\n", "text/csv")).toEqual(rows);
    expect(tree("a,b\n3\n", "text/csv; header=absent")).toEqual({
      delimiter: ",",
      rows: [["a", "b"], ["3"]],
    });
  });

  it("can have shorter and longer rows", () => {
    expect(tree("a,b\n1\n1,2,3,4\n", "text/csv")).toEqual({
      delimiter: ",",
      columns: ["a", "b"],
      rows: [{ a: "1" }, { a: "1", b: "2", $more: ["3", "4"] }],
    });
  });

  it.each([
    ["a cell", "a,b\n1,2\n", "a,b\n1,3\n", ['value $.rows[*].b: "2" → "3"']],
    [
      "columns in another order",
      "a,b\n1,2\n",
      "b,a\n2,1\n",
      ["order $.columns: array of 2 elements → array of 2 elements"],
    ],
    ["quotes that do not close", 'a,b\n1,"2\n', "a,b\n1,2\n", ["parse $: not valid CSV → CSV"]],
  ])("reports %s", (_, left, right, expected) => {
    expect(found(left, right, "text/csv")).toEqual(expected);
  });

  it("with stray quotes is read leniently, and never equal to one without", () => {
    const rows = [{ a: '"x"y', b: "1" }];
    const stray = 'a,b\n"x"y,1\n';
    expect(tree(stray, "text/csv")).toEqual({ delimiter: ",", columns: ["a", "b"], rows, strayQuotes: ['"x"y,1'] });
    expect(found(stray, 'a,b\n"""x""y",1\n', "text/csv")).toEqual(['missing $.strayQuotes: "(not shown)" → null']);
    expect(found(stray, 'a,b\n"x"y,"1"\n', "text/csv")).toEqual([
      'value $.strayQuotes[*]: "(not shown)" → "(not shown)"',
    ]);
  });

  it("can declare its delimiter, which differs from not declaring it", () => {
    expect(tree("sep=;\na;b\n1;2", "text/csv")).toMatchObject({ delimiter: ";", sep: ";", columns: ["a", "b"] });
    expect(found("sep=;\na;b\n1;2", "a;b\n1;2", "text/csv")).toEqual(['missing $.sep: ";" → null']);
    expect(found("a;b\n1;2", "a,b\n1,2", "text/csv")).toEqual(['value $.delimiter: ";" → ","']);
  });

  it("is reported as not compared when it has too many cells", () => {
    expect(tree(",".repeat(2_000_000), "text/csv")).toBe("too many values to compare");
  });
});

describe("events", () => {
  it("become their data as JSON, with names and ids", () => {
    const text = ': ping\nevent: price\nid: 7\ndata: {"a":\ndata: 1}\n\nretry: 500\n\ndata: plain\n\ndata: [1]';
    expect(tree(text, "text/event-stream")).toEqual([
      { event: "price", id: "7", data: { a: 1 } },
      { retry: 500 },
      { id: "7", data: "plain" },
      { id: "7", data: [1], incomplete: true },
    ]);
  });

  it.each([
    ["a comment and other line ends", "data: 1\n\n", ": x\r\ndata:1\r\n\r\n", []],
    ["data", 'data: {"a":1}\n\n', 'data: {"a":2}\n\n', ["value $[*].data.a: 1 → 2"]],
    ["a name", "event: a\ndata: 1\n\n", "event: b\ndata: 1\n\n", ['value $[*].event: "a" → "b"']],
    ["an id without an event", "data: 1\n\nid: 5\n\n", "data: 1\n\n", ["missing $[*]: object of 1 member → null"]],
    ["an id of an event that is cut", "data: 1\n\nid: 5\n", "data: 1\n\n", []],
    ["the event that is cut", "data: 1\n\ndata: 2", "data: 1\n\n", ["missing $[*]: object of 2 members → null"]],
    [
      "text that is not an event stream",
      "hello\n",
      "data: 1\n\n",
      ["parse $: not valid server-sent events → server-sent events"],
    ],
  ])("%s", (_, left, right, expected) => {
    expect(found(left, right, "text/event-stream")).toEqual(expected);
  });

  it("are parsed when one line has 8 MB", () => {
    expect(tree(`data: ${"x".repeat(8_000_000)}`, "text/event-stream")).toHaveLength(1);
  });
});

const lines = (name: string): string => Array.from({ length: 2_000 }, (_, at) => `${name}${at}`).join("\n");

describe("text", () => {
  it.each([
    ["one line", "a\nb\nc", "a\nB\nc", "value $: b → B"],
    ["lines more", "a\nc", "a\nb1\nb2\nc", "value $: (0 lines removed) → b1\nb2 (2 lines added)"],
    ["a missing line", "a\nb\nc", "a\nc", "value $: b → null"],
    ["several places", "a\nb\nc\nd", "A\nb\nC\nD", "value $: a (3 lines removed) → A (3 lines added)"],
  ])("shows the first differing lines and their number: %s", (_, left, right, expected) => {
    expect(found(left, right, "text/plain")).toEqual([expected]);
  });

  it("reports more changed lines than it counts", () => {
    expect(found(lines("a"), lines("b"), "text/plain")).toEqual([
      "value $: a0 (many lines removed) → b0 (many lines added)",
    ]);
  });

  it.each([
    [
      "text/plain; charset=iso-8859-1",
      Buffer.from("caf\u00e9", "latin1"),
      Buffer.from("caf\u00e8", "latin1"),
      "value $: café → cafè",
    ],
    ["text/plain; charset=utf-16le", Buffer.from("ab", "utf16le"), Buffer.from("ac", "utf16le"), "value $: ab → ac"],
    ["text/plain", Buffer.from("\uFEFFab", "utf16le"), Buffer.from("\uFEFFac", "utf16le"), "value $: ab → ac"],
    [
      "application/json; charset=latin1",
      Buffer.from('"\u00e9"', "latin1"),
      Buffer.from('"\u00e8"', "latin1"),
      'value $: "é" → "è"',
    ],
    [
      "application/xml",
      Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><x>\u00e9</x>', "latin1"),
      Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><x>\u00e8</x>', "latin1"),
      'value $.x.$text: "é" → "è"',
    ],
  ])("is decoded with the charset of %s", (type, left, right, expected) => {
    expect(found(left, right, type)).toEqual([expected]);
  });

  it("is the same in every charset, and a byte order mark of UTF-8 is a difference of its own", () => {
    const [latin1, utf8] = ["text/css; charset=latin1", "text/css; charset=utf-8"];
    const other = found(Buffer.from("\uFEFFcaf\u00e9"), Buffer.from("caf\u00e9"), utf8);
    expect(other).toEqual(["encoding $: with a byte order mark → without a byte order mark"]);
    expect(found(Buffer.from("caf\u00e9", "latin1"), Buffer.from("caf\u00e9", "latin1"), latin1)).toEqual([]);
  });

  it("is binary when the bytes are not valid text of its type", () => {
    const [line] = found(Buffer.from([0x22, 0xff, 0x22]), '"a"', "application/json");
    expect(line).toMatch(/^parse \$: not valid JSON: 3 bytes, SHA-256 \w{12}… → JSON$/);
  });
});
