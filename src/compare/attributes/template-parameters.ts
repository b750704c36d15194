import { LRUCache } from "lru-cache";

/** A parameter in a segment of a path template. */
interface TemplateParameter {
  /** The position of its segment. */
  readonly at: number;
  readonly name: string;
  /** With a number if the template repeats the name: `id#1`, `id#2`. */
  readonly shownName: string;
  /** The text around it in its segment: `{name}.json`. */
  readonly before: string;
  readonly after: string;
}

interface PathTemplate {
  /** Number of segments. */
  readonly length: number;
  readonly parameters: readonly TemplateParameter[];
}

const PARAMETER = /^([^{}]*)\{([^{}]*)\}([^{}]*)$/;
/** Cached results: all requests of an endpoint ask. */
const KNOWN = new LRUCache<string, PathTemplate>({ max: 1_000 });

/** The parameters of an endpoint such as `GET /users/{id}`. A segment with several parameters has none that can be told apart. */
export function templateOf(endpoint: string): PathTemplate {
  const known = KNOWN.get(endpoint);
  if (known !== undefined) return known;
  const segments = endpoint.slice(endpoint.indexOf(" ") + 1).split("/");
  const found = segments.flatMap((segment, at) => {
    const [, before = "", name = "", after = ""] = PARAMETER.exec(segment) ?? [];
    return name === "" ? [] : [{ at, name, before, after }];
  });
  const totals = Map.groupBy(found, ({ name }) => name);
  const parameters = found.map((one): TemplateParameter => {
    const same = totals.get(one.name) ?? [];
    return { ...one, shownName: same.length > 1 ? `${one.name}#${same.indexOf(one) + 1}` : one.name };
  });
  const template = { length: segments.length, parameters };
  KNOWN.set(endpoint, template);
  return template;
}
