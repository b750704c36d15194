import type { RawHeaders } from "../model/capture.ts";
import type { HeaderOperations } from "../model/routing.ts";

/** Says how a message is framed and where it goes next: not for a configuration to change. */
const FRAMING: ReadonlySet<string> = new Set([
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
 * Joins operations to one function: of each in turn set, add, remove. Fields that frame a message are left alone.
 * @returns undefined when there is nothing to do
 */
export function compileHeaderChange(...operations: readonly HeaderOperations[]): HeaderChange | undefined {
  const steps = operations.flatMap(stepsOf);
  if (steps.length === 0) return undefined;
  return (fields) => {
    let changed = [...fields];
    for (const step of steps) changed = step(changed);
    return changed;
  };
}

/** The fields with this Host, in its place if there is one. */
export function withHost(fields: RawHeaders, host: string): RawHeaders {
  return setTo("Host", host)([...fields]);
}

type Step = (fields: string[]) => string[];

function stepsOf({ set, add, remove }: HeaderOperations): Step[] {
  return [
    ...set.filter(([name]) => isFree(name)).map(([name, value]) => setTo(name, onTheWire(value))),
    ...add
      .filter(([name]) => isFree(name))
      .map(([name, value]): Step => (fields) => [...fields, name, onTheWire(value)]),
    ...remove.filter(isFree).map(without),
  ];
}

function isFree(name: string): boolean {
  return !FRAMING.has(name.toLowerCase());
}

/** As UTF-8, one character per byte, as Node and undici write fields. */
function onTheWire(value: string): string {
  return Buffer.from(value).toString("latin1");
}

/** The new value stands where the first field of that name stood, or last. */
function setTo(name: string, value: string): Step {
  const lower = name.toLowerCase();
  return (fields) => {
    const at = fields.findIndex((field, index) => index % 2 === 0 && field.toLowerCase() === lower);
    if (at === -1) return [...fields, name, value];
    const rest = without(name)(fields.slice(at));
    return [...fields.slice(0, at), name, value, ...rest];
  };
}

function without(name: string): Step {
  const lower = name.toLowerCase();
  return (fields) => fields.filter((_, index) => fields[index - (index % 2)]?.toLowerCase() !== lower);
}
