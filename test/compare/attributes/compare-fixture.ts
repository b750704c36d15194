import { AttributeRecorder } from "../../../src/compare/attributes/attribute-recorder.ts";
import { createComparer, type Comparer } from "../../../src/compare/batch-comparer.ts";
import { primaryResponse } from "../../../src/compare/captured-response.ts";
import { createEndpointNamer } from "../../../src/endpoints/endpoint-namer.ts";
import type { CapturedBody, Exchange } from "../../../src/model/capture.ts";
import type { ExplainConfig } from "../../../src/model/config.ts";
import type { DifferingField } from "../../../src/model/difference.ts";
import type { Attribute, AttributeRecord, AttributeSource } from "../../../src/model/explain/attribute.ts";
import { batch, CONFIG, exchange, KEY, mirrored } from "../build-exchanges.ts";

const RAW: DifferingField = { section: "body", path: "$.a", kind: "value", mark: "raw" };
const nameEndpoint = createEndpointNamer(["/shops/{shop}/items/{id}/parts/{id}", "/files/{name}.json"]);

export function comparerWith(explain: Partial<ExplainConfig> = {}): Comparer {
  return createComparer({ config: { ...CONFIG, explain: { ...CONFIG.explain, ...explain } }, redactionKey: KEY });
}

function recorderWith(explain: Partial<ExplainConfig> = {}): AttributeRecorder {
  return new AttributeRecorder({ ...CONFIG.explain, ...explain }, KEY);
}

/** The records that one batch with these exchanges gives. */
export function recordsOf(exchanges: readonly Exchange[], comparer = comparerWith()): readonly AttributeRecord[] {
  return comparer.compare(batch(...exchanges)).attributes;
}

/** The record of one exchange that differs, as it is before it is packed. */
export function recordOf(change: Partial<Exchange>, explain: Partial<ExplainConfig> = {}): AttributeRecord {
  const one = exchange({ candidates: [mirrored("{}")], ...change });
  const [candidate] = one.candidates;
  const options = { maxDecodedBytes: CONFIG.maxDecodedBytes, target: one.target, registry: undefined };
  const record =
    candidate &&
    recorderWith(explain).offer({
      exchange: one,
      endpoint: nameEndpoint(one.method, one.target),
      candidate,
      primary: primaryResponse(one.primary, options),
      paired: false,
      fields: [RAW],
    });
  if (record === undefined) throw new Error("the exchange has no record");
  return record;
}

/** The values of one source by name. */
export function valuesOf(
  { attributes }: Pick<AttributeRecord, "attributes">,
  source: AttributeSource,
): Record<string, Attribute["value"]> {
  return Object.fromEntries(attributes.filter((one) => one.source === source).map(({ name, value }) => [name, value]));
}

export function bodyOf(text: string, length?: number): CapturedBody {
  const bytes = new TextEncoder().encode(text);
  return { bytes, length: length ?? bytes.length, tailHash: null };
}
