import { z } from "zod";
import type { MaskedPart } from "../../../model/replay/recording.ts";
import { fieldValue } from "../../../http/read-header.ts";
import type { Outcome } from "../../record-sink.ts";
import { outcomeOf } from "../../request-outcome.ts";
import { decodeBase64, headerText, issueText, utf8Text } from "./json-texts.ts";

const FORM = /^application\/x-www-form-urlencoded\b/i;
const WEB_SOCKET = "websocket";
const BODY: readonly MaskedPart[] = ["body"];

const field = z.object({ name: z.string(), value: z.string() });
const postData = z.object({
  mimeType: z.string().optional(),
  text: z.string().optional(),
  /** Not in HAR 1.2, which has it for responses only; exporters add it for bodies that are not text. */
  encoding: z.string().optional(),
  _encoding: z.string().optional(),
  params: z.array(z.object({ name: z.string(), value: z.string().optional() })).optional(),
});

/** What the reader keeps of an entry. */
const entrySchema = z.object({
  startedDateTime: z.string().optional(),
  pageref: z.string().optional(),
  connection: z.string().optional(),
  _resourceType: z.string().optional(),
  request: z.object({
    method: z.string(),
    url: z.string(),
    headers: z.array(field),
    postData: postData.nullish(),
    bodySize: z.number().optional(),
    _masked: z.array(z.enum(["target", "headers", "body"])).optional(),
  }),
});

type HarPostData = z.infer<typeof postData>;

interface Body {
  readonly bytes: Buffer | undefined;
  /** The recorder has left out the body or a part of it. */
  readonly isMissing: boolean;
}

/** Reads an entry of a HAR. The requests of a page are a lane; without pages, those of a connection. */
export function readHarEntry(entry: unknown): Outcome {
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) return { problem: issueText(parsed.error) };
  const { startedDateTime = "", pageref, connection, _resourceType: resourceType, request } = parsed.data;
  if (resourceType === WEB_SOCKET) return { skipped: "upgrade" };
  const at = Date.parse(startedDateTime);
  const headers = request.headers.flatMap(({ name, value }) => [headerText(name), headerText(value)]);
  const announced = Number(fieldValue(headers, "content-length") ?? request.bodySize ?? 0);
  const body = bodyOf(request.postData ?? undefined, announced);
  if (body === undefined) return { problem: "request.postData.text: not base64" };
  const { _masked: masked = body.isMissing ? BODY : [] } = request;
  return outcomeOf({
    method: request.method,
    url: utf8Text(request.url),
    headers,
    body: body.bytes,
    at: Number.isNaN(at) ? undefined : at,
    lane: pageref ?? connection,
    masked,
  });
}

/** @param announced length in bytes that the request has announced; 0 or less if it has not @returns undefined for bad base64 */
function bodyOf(posted: HarPostData | undefined, announced: number): Body | undefined {
  const isAnnounced = announced > 0;
  const { text = "", params = [], mimeType = "", encoding, _encoding: ownEncoding } = posted ?? {};
  if ((encoding ?? ownEncoding) === "base64") {
    const bytes = decodeBase64(text);
    return bytes === undefined ? undefined : { bytes, isMissing: isAnnounced && bytes.length !== announced };
  }
  if (text === "" && params.length > 0 && FORM.test(mimeType)) {
    const form = new URLSearchParams(params.map(({ name, value = "" }) => [name, value]));
    return { bytes: Buffer.from(form.toString()), isMissing: false };
  }
  const utf8 = Buffer.from(text);
  if (!isAnnounced || utf8.length === announced) return { bytes: utf8, isMissing: params.length > 0 && text === "" };
  // Chromium shows a body that is not UTF-8 with one character per byte.
  const latin1 = Buffer.from(text, "latin1");
  const isBytes = latin1.length === announced && latin1.toString("latin1") === text;
  return { bytes: isBytes ? latin1 : utf8, isMissing: !isBytes };
}
