import type { RawHeaders } from "../model/capture.ts";
import type { HeaderOperations } from "../model/routing.ts";

/** Fields that frame a message or manage its connection; a configuration cannot change them. */
const FRAMING_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

export type HeaderChange = (fields: RawHeaders) => RawHeaders;

/**
 * Compiles operations to one function that applies each in turn: set, add, remove. Framing fields are not changed.
 * @returns undefined when there is nothing to change
 */
export function compileHeaderChange(...operations: readonly HeaderOperations[]): HeaderChange | undefined {
  const edits = operations.flatMap(editsOf);
  if (edits.length === 0) return undefined;
  return (fields) => {
    let changed = [...fields];
    for (const edit of edits) changed = edit(changed);
    return changed;
  };
}

/** Returns the fields with this Host, which replaces an existing one. A new one comes first (RFC 9110 §7.2). */
export function withHost(fields: RawHeaders, host: string): RawHeaders {
  const hasHost = fields.some((field, index) => index % 2 === 0 && field.toLowerCase() === "host");
  return hasHost ? setTo("Host", host)([...fields]) : ["Host", host, ...fields];
}

type FieldEdit = (fields: string[]) => string[];

function editsOf({ set, add, remove }: HeaderOperations): FieldEdit[] {
  return [
    ...set.filter(([name]) => isChangeable(name)).map(([name, value]) => setTo(name, toWireText(value))),
    ...add
      .filter(([name]) => isChangeable(name))
      .map(([name, value]): FieldEdit => (fields) => [...fields, name, toWireText(value)]),
    ...remove.filter(isChangeable).map(without),
  ];
}

function isChangeable(name: string): boolean {
  return !FRAMING_FIELDS.has(name.toLowerCase());
}

/** Encodes a value as UTF-8 with one character per byte, as fields are written. */
function toWireText(value: string): string {
  return Buffer.from(value).toString("latin1");
}

/** Replaces the first field of that name and removes the others, or appends the field. */
function setTo(name: string, value: string): FieldEdit {
  const lower = name.toLowerCase();
  return (fields) => {
    const at = fields.findIndex((field, index) => index % 2 === 0 && field.toLowerCase() === lower);
    if (at === -1) return [...fields, name, value];
    const rest = without(name)(fields.slice(at));
    return [...fields.slice(0, at), name, value, ...rest];
  };
}

function without(name: string): FieldEdit {
  const lower = name.toLowerCase();
  return (fields) => fields.filter((_, index) => fields[index - (index % 2)]?.toLowerCase() !== lower);
}
