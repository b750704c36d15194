import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { createComparer } from "../../../src/compare/batch-comparer.ts";
import { recompare } from "../../../src/compare/recompare.ts";
import type { Sample } from "../../../src/model/sample.ts";
import type { Rule } from "../../../src/model/rule.ts";
import { CONFIG, KEY, batch, capture, exchange, mirrored } from "../build-exchanges.ts";
import { DESCRIPTOR_SET, bytes, frame, number } from "./parsers/protobuf-messages.ts";

const folder = mkdtempSync(join(tmpdir(), "shadowdiff-stored-"));
const descriptorSet = join(folder, "shop.binpb");
writeFileSync(descriptorSet, DESCRIPTOR_SET);
afterAll(() => rmSync(folder, { recursive: true }));

function sampleOf(type: string, primary: string | Uint8Array, candidate: string | Uint8Array): Sample {
  const headers = ["Content-Type", type];
  const responses = { primary: capture(primary, { headers }), candidates: [mirrored(candidate, { headers })] };
  const comparer = createComparer({ config: { ...CONFIG, descriptorSet }, redactionKey: KEY });
  const { samples } = comparer.compare(batch(exchange({ target: "/shop.Orders/Get", method: "POST", ...responses })));
  return samples[0] as Sample;
}

function ignoringCase(path: string): Rule {
  return {
    id: "r",
    source: "dashboard",
    endpoint: "**",
    section: "body",
    path,
    action: { type: "ignore-case" },
    owner: "",
    reason: "test",
    createdBy: "",
    createdAt: null,
    expiresAt: null,
  };
}

const part = (text: string): string => `--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n${text}\r\n--b--\r\n`;

describe("a stored exchange is compared again under a new rule:", () => {
  it.each([
    ["HTML", "text/html", "<p>a</p>", "<p>A</p>", "$.html.body.p[*].$text"],
    [
      "XML in another charset",
      "text/xml; charset=latin1",
      Buffer.from("<x k='é'/>", "latin1"),
      Buffer.from("<x k='É'/>", "latin1"),
      "$.x.@k",
    ],
    ["a form", "application/x-www-form-urlencoded", "a=b", "a=B", "$.a"],
    ["a table", "text/csv", "a\nb\n", "a\nB\n", "$.rows[*].a"],
    ["JSON lines", "application/x-ndjson", '{"a":"b"}\n', '{"a":"B"}\n', "$[*].a"],
    ["events", "text/event-stream", 'data: {"a":"b"}\n\n', 'data: {"a":"B"}\n\n', "$[*].data.a"],
    ["parts", "multipart/form-data; boundary=b", part("a"), part("A"), "$.x.body"],
    [
      "a described message",
      "application/grpc",
      frame(bytes(3, bytes(1, "a"))),
      frame(bytes(3, bytes(1, "A"))),
      "$[*].items[*].name",
    ],
    ["a message", "application/x-protobuf; x=1", bytes(9, "a"), bytes(9, "A"), "$.$unknown.f9[*]"],
    ["text", "text/plain", "a", "A", "$"],
  ])("%s", (_, type, primary, candidate, path) => {
    const sample = sampleOf(type, primary, candidate);
    expect(sample.fields).toEqual([{ section: "body", path, kind: "value", mark: "raw" }]);
    expect(recompare(sample, [])).toEqual(sample.fields);
    expect(recompare(sample, [ignoringCase(path)])).toEqual([]);
    expect(recompare(sample, [ignoringCase("$.elsewhere")])).toEqual(sample.fields);
  });

  it("exact numbers of a message are preserved", () => {
    const sample = sampleOf("application/grpc", frame(number(1, 2n ** 63n)), frame(number(1, 2n ** 63n + 1n)));
    const text = zstdDecompressSync(sample.legs.candidate.body.content).toString();
    expect(text).toBe('[{"id":9223372036854775809}]');
    expect(recompare(sample, [])).toEqual(sample.fields);
  });
});
