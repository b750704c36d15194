import { isUtf8 } from "node:buffer";
import { z } from "zod";
import type { MaskedPart } from "../../../model/replay/recording.ts";
import type { Outcome } from "../../record-sink.ts";
import { outcomeOf } from "../../request-outcome.ts";
import { decodeBase64, headerText, issueText, utf8Text } from "./json-texts.ts";

/** The version of the format. A change that readers cannot ignore raises it. */
export const NDJSON_VERSION = 1;

const maskedPart = z.enum(["target", "headers", "body"]) satisfies z.ZodType<MaskedPart>;

/** Other members are ignored, so that later versions can add some. */
const lineSchema = z.object({
  version: z.number().optional(),
  method: z.string(),
  target: z.string(),
  headers: z.array(z.tuple([z.string(), z.string()])).optional(),
  body: z.union([z.object({ text: z.string() }), z.object({ base64: z.string() })]).nullish(),
  at: z.iso.datetime({ offset: true }).nullish(),
  lane: z.string().nullish(),
  masked: z.array(maskedPart).optional(),
});

/**
 * Reads a line of NDJSON, as `export ndjson` writes it.
 * @param line one character per byte
 * @returns undefined for an empty line
 */
export function readNdjsonLine(line: string): Outcome | undefined {
  if (line.trim() === "") return undefined;
  const json = parseJson(Buffer.from(line, "latin1"));
  if ("problem" in json) return json;
  const parsed = lineSchema.safeParse(json.value);
  if (!parsed.success) return { problem: issueText(parsed.error) };
  const { version = NDJSON_VERSION, method, target, headers = [], body, at, lane, masked } = parsed.data;
  if (version !== NDJSON_VERSION) {
    return { problem: `version: ${version} is not supported; this shadowdiff reads version ${NDJSON_VERSION}` };
  }
  const bytes = body == null ? undefined : "text" in body ? Buffer.from(body.text) : decodeBase64(body.base64);
  if (body != null && bytes === undefined) return { problem: "body.base64: not base64" };
  return outcomeOf({
    method,
    url: utf8Text(target),
    headers: headers.flat().map(headerText),
    body: bytes,
    at: at == null ? undefined : Date.parse(at),
    lane: lane ?? undefined,
    masked,
  });
}

function parseJson(bytes: Buffer): { readonly value: unknown } | { readonly problem: string } {
  if (!isUtf8(bytes)) return { problem: "not UTF-8" };
  try {
    return { value: JSON.parse(bytes.toString()) };
  } catch {
    return { problem: "not a JSON object" };
  }
}
