import type { RawHeaders } from "../../model/capture.ts";
import { INVALID_LENGTH, NO_LENGTH, parseContentLength } from "./message-framing.ts";

/** RFC 9110 §5.6.2: a method or a field name. */
const TOKEN = /^[!#$%&'*+.^`|~\w-]+$/;
/** RFC 9110 §5.5, one character per byte. CR, LF or NUL would end the field or begin another message. */
const FIELD_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
/** RFC 9110 §5.5: other control characters may be retained in a response whose server sends them. */
const TOLERATED_VALUE = /^[^\0\r\n\u0100-\uffff]*$/;

/** How the fields of a message are written. */
export interface FieldRules {
  /** In lower case: the writer sets them itself. */
  readonly ownFields: ReadonlySet<string>;
  /** What the writer does when it is given one of them. */
  readonly ownFieldsAre: "refused" | "omitted";
  /** What a value must match. */
  readonly value: RegExp;
  /** Bit n is set when a field whose name has n characters needs a closer look; most fields do not. */
  readonly lengthMask: number;
}

/** Field lines as they are written. */
export interface FieldLines {
  /** One character per byte. */
  readonly text: string;
  /** In bytes, NO_LENGTH or INVALID_LENGTH. */
  readonly contentLength: number;
  /** The fields announce trailers. */
  readonly hasTrailer: boolean;
  /** Why the fields must not be written; empty if they can be. Contains no values. */
  readonly problem: string;
}

/** Own fields are refused in requests and omitted in responses, and only responses can have control characters in values. */
export function fieldRules(message: "request" | "response", ownFields: readonly string[]): FieldRules {
  const names = [...ownFields, "content-length", "trailer"];
  // A shift takes the count modulo 32: a longer name at worst gets a closer look than it needs.
  const lengthMask = names.reduce((mask, name) => mask | (1 << name.length), 0);
  const isRequest = message === "request";
  return {
    ownFields: new Set(ownFields),
    ownFieldsAre: isRequest ? "refused" : "omitted",
    value: isRequest ? FIELD_VALUE : TOLERATED_VALUE,
    lengthMask,
  };
}

/** Writes field lines, in their order and byte for byte, and reads the Content-Length among them. */
export function writeFieldLines(fields: RawHeaders, rules: FieldRules): FieldLines {
  let text = "";
  let contentLength = NO_LENGTH;
  let hasTrailer = false;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string;
    const value = fields[index + 1] ?? "";
    if (!TOKEN.test(name)) return unwritable("a field name is not a token");
    if (!rules.value.test(value)) return unwritable(`the value of ${name} contains control characters`);
    if ((rules.lengthMask & (1 << name.length)) !== 0) {
      const lower = name.toLowerCase();
      if (lower === "content-length") {
        contentLength = contentLength === NO_LENGTH ? parseContentLength(value) : INVALID_LENGTH;
      } else if (rules.ownFields.has(lower)) {
        if (rules.ownFieldsAre === "omitted") continue;
        return unwritable(`the proxy sets ${lower} itself`);
      } else if (lower === "trailer") hasTrailer = true;
    }
    text += `${name}: ${value}\r\n`;
  }
  return { text, contentLength, hasTrailer, problem: "" };
}

/** Writes a head whose fields need no check, because they are constants or were checked when they were read. */
export function writeTrustedHead(startLine: string, fields: RawHeaders): string {
  let text = `${startLine}\r\n`;
  for (let index = 0; index < fields.length; index += 2) text += `${fields[index]}: ${fields[index + 1]}\r\n`;
  return `${text}\r\n`;
}

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether a text can be written as a field value or a reason phrase of a request or of our own. */
export function isFieldValue(text: string): boolean {
  return FIELD_VALUE.test(text);
}

/** Whether a text can be written as the reason phrase of a response. */
export function isToleratedReason(text: string): boolean {
  return TOLERATED_VALUE.test(text);
}

function unwritable(problem: string): FieldLines {
  return { text: "", contentLength: NO_LENGTH, hasTrailer: false, problem };
}
