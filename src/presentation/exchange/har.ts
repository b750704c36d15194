import type { RawHeaders, Role } from "../../model/capture.ts";
import type { SampleDetail, SampleDetailLeg } from "../../model/sample.ts";
import { endToEndFields } from "./end-to-end-fields.ts";
import { maskedParts } from "./masked-parts.ts";

interface NameAndValue {
  readonly name: string;
  readonly value: string;
}

/** A log of HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/). */
export interface Har {
  readonly log: HarHead & { readonly entries: readonly object[] };
}

/** What a log begins with. */
interface HarHead {
  readonly version: "1.2";
  readonly creator: { readonly name: string; readonly version: string };
}

/** Where requests to a role went. */
export type OriginOf = (role: Role, leg: SampleDetailLeg) => string;

function fieldsOf(headers: RawHeaders): NameAndValue[] {
  return Array.from({ length: Math.floor(headers.length / 2) }, (_, at) => ({
    name: headers[2 * at] ?? "",
    value: headers[2 * at + 1] ?? "",
  }));
}

function valueOf(headers: RawHeaders, name: string): string | undefined {
  return fieldsOf(headers).find((field) => field.name.toLowerCase() === name)?.value;
}

function queryOf(target: string): NameAndValue[] {
  const start = target.indexOf("?");
  return start === -1 ? [] : [...new URLSearchParams(target.slice(start))].map(([name, value]) => ({ name, value }));
}

/** The name and value of each cookie; attributes are in the header fields. */
function cookiesOf(headers: RawHeaders, field: "cookie" | "set-cookie"): NameAndValue[] {
  return fieldsOf(headers)
    .filter(({ name }) => name.toLowerCase() === field)
    .flatMap(({ value }) => (field === "cookie" ? value.split(";") : [value.split(";")[0] ?? ""]))
    .map((pair) => {
      const equals = pair.indexOf("=");
      return { name: pair.slice(0, Math.max(0, equals)).trim(), value: pair.slice(equals + 1).trim() };
    });
}

/** Phases in milliseconds; -1 where a phase does not apply, as the format asks. */
function timingsOf({ timing }: SampleDetailLeg): Readonly<Record<string, number>> {
  const { connectMs, firstByteMs, totalMs } = timing;
  const firstByte = firstByteMs ?? totalMs;
  return {
    blocked: -1,
    dns: -1,
    connect: connectMs ?? -1,
    ssl: -1,
    send: 0,
    wait: Math.max(0, firstByte - (connectMs ?? 0)),
    receive: Math.max(0, totalMs - firstByte),
  };
}

const TRUNCATED = "the body is truncated";

function commentOf(role: string, { subset, failure, body }: SampleDetailLeg): string {
  return [
    `${role} (${subset})`,
    ...(failure === null ? [] : [`failed: ${failure.kind} ${failure.detail}`]),
    ...(body.truncated ? [TRUNCATED] : []),
    ...(body.form === "binary" ? [`SHA-256 of the body: ${body.text}`] : []),
  ].join("; ");
}

/** One response of an exchange as an entry, with the redacted request. `_masked` says what the request lacks. */
export function harEntry(sample: SampleDetail, role: Role, leg: SampleDetailLeg, origin: string): object {
  const { method, target, headers, at } = sample;
  const masked = maskedParts(sample);
  const timings = timingsOf(leg);
  const { body } = leg;
  return {
    startedDateTime: new Date(at).toISOString(),
    time: Object.values(timings).reduce((sum, phase) => sum + Math.max(0, phase), 0),
    request: {
      method,
      url: origin + target,
      httpVersion: "HTTP/1.1",
      cookies: cookiesOf(headers, "cookie"),
      headers: endToEndFields(headers).map(([name, value]) => ({ name, value })),
      queryString: queryOf(target),
      headersSize: -1,
      bodySize: -1,
      ...(masked.length === 0 ? {} : { _masked: masked }),
    },
    response: {
      status: leg.status,
      statusText: "",
      httpVersion: "HTTP/1.1",
      cookies: cookiesOf(leg.headers, "set-cookie"),
      headers: fieldsOf([...leg.headers, ...leg.trailers]),
      content: {
        size: body.length,
        mimeType: valueOf(leg.headers, "content-type") ?? body.mediaType,
        ...(body.form === "binary" ? {} : { text: body.text }),
        ...(body.truncated ? { comment: TRUNCATED } : {}),
      },
      redirectURL: valueOf(leg.headers, "location") ?? "",
      headersSize: -1,
      bodySize: body.length,
    },
    cache: {},
    timings,
    comment: commentOf(role, leg),
  };
}

export function harHead(version: string): HarHead {
  return { version: "1.2", creator: { name: "shadowdiff", version } };
}

/** An exchange as an HTTP archive: one entry per role, with the redacted request and the stored responses. */
export function harOf(sample: SampleDetail, version: string, originOf: OriginOf): Har {
  const { primary, candidate, secondary } = sample.legs;
  const legs = [
    ["primary", primary],
    ["candidate", candidate],
    ...(secondary === null ? [] : [["secondary", secondary] as const]),
  ] as const;
  const entries = legs.map(([role, leg]) => harEntry(sample, role, leg, originOf(role, leg)));
  return { log: { ...harHead(version), entries } };
}
