import { memoizePerObject } from "../lib/memoize.ts";
import { estimatedValues } from "./estimated-values.ts";
import { frequentValues, positionKey, positionsOf } from "./endpoint-names.ts";
import type { TemplatePosition, TemplateProposal } from "../model/views/templates.ts";
import { templateName } from "./learned-template.ts";
import { ANY_NAME, parameterName } from "./parameter-name.ts";

/** With fewer values, a list of endpoints is as easy to read as a template. */
const MIN_VALUES = 12;
/** Shares of the values that go on alike, differ alike, or look like names. */
const MOST_VALUES = 0.8;
const MANY_VALUES = 0.5;
/** A field is typical if this share of the differing values has it, and at least two. */
const TYPICAL_SHARE = 0.1;
/** Share of the fields of one value that may be its own. */
const MAX_OWN_FIELDS = 0.25;
/** More values are expected than were seen. */
const TIMES_AS_MANY = 2;
/** Words of an API rarely have several parts or digits: `my-first-post`, `10.1000`, `caf%C3%A9`. */
const NAME_LIKE = /[-_.~%\d]/;
const MAX_EXAMPLES = 3;
const MAX_PROPOSALS = 10;

/** An endpoint of a report. */
export interface SeenEndpoint {
  readonly route: string;
  readonly endpoint: string;
  /** Compared exchanges. */
  readonly compared: number;
  /** Names of the fields in which it differs. */
  readonly fields: () => readonly string[];
}

/** What is known of a value of a segment, over all endpoints below it. */
interface SeenValue {
  compared: number;
  readonly rests: Set<string>;
  readonly fields: Set<string>;
}

interface SeenPosition extends TemplatePosition {
  readonly values: Map<string, SeenValue>;
}

/**
 * Segments with many values that look alike: the same paths below them, similar traffic and differences. Those with the most values first.
 * @param decided segments that a template or a person has decided about
 */
export function proposeTemplates(
  endpoints: readonly SeenEndpoint[],
  decided: readonly TemplatePosition[],
): readonly TemplateProposal[] {
  const positions = seenPositions(endpoints, new Set(decided.map(positionKey)));
  return [...positions.values()]
    .flatMap((position) => proposalOf(position) ?? [])
    .toSorted((one, other) => other.values - one.values)
    .slice(0, MAX_PROPOSALS);
}

/** Segments with enough values. Of thousands of segments, few have: the others cost a look at their names. */
function seenPositions(endpoints: readonly SeenEndpoint[], decided: ReadonlySet<string>): Map<string, SeenPosition> {
  const segments = endpoints.map(segmentsOf);
  const values = new Map<string, Set<string>>();
  for (const { key, value } of segments.flat()) {
    const known = values.get(key);
    if (known === undefined) values.set(key, new Set([value]));
    else known.add(value);
  }
  const positions = new Map<string, SeenPosition>();
  for (const [at, seen] of endpoints.entries()) {
    for (const { key, value, ...position } of segments[at] ?? []) {
      if ((values.get(key)?.size ?? 0) < MIN_VALUES || decided.has(key)) continue;
      const found = positions.get(key) ?? { ...position, values: new Map<string, SeenValue>() };
      positions.set(key, found);
      addEndpoint(found, value, seen);
    }
  }
  return positions;
}

const segmentsOf = memoizePerObject(({ route, endpoint }: SeenEndpoint) => positionsOf(route, endpoint));

function addEndpoint({ method, parent, values }: SeenPosition, value: string, seen: SeenEndpoint): void {
  const known = values.get(value) ?? { compared: 0, rests: new Set<string>(), fields: new Set<string>() };
  values.set(value, known);
  known.compared += seen.compared;
  known.rests.add(seen.endpoint.slice(`${method} ${parent}/${value}`.length));
  for (const field of seen.fields()) known.fields.add(field);
}

function proposalOf({ values, ...position }: SeenPosition): TemplateProposal | undefined {
  const counts = new Map([...values].map(([value, { compared }]) => [value, compared]));
  const literals = frequentValues(counts).toSorted();
  const alike = [...values].filter(([value]) => !literals.includes(value));
  if (alike.length < MIN_VALUES) return undefined;
  const seen = alike.map(([, each]) => each);
  const names = alike.map(([value]) => value);
  if (!haveSimilarTraffic(seen) || !goOnAlike(seen) || !differAlike(seen)) return undefined;
  if (!areNames(position.parent, names, seen)) return undefined;
  const parameter = parameterName(position.parent, names);
  return {
    ...position,
    template: templateName({ ...position, parameter, literals }),
    parameter,
    values: alike.length,
    examples: names.slice(0, MAX_EXAMPLES),
    literals,
  };
}

/** The most frequent values are already exceptions; beyond them, none has far more traffic than the others. */
function haveSimilarTraffic(values: readonly SeenValue[]): boolean {
  return frequentValues(new Map(values.map(({ compared }, index) => [`${index}`, compared]))).length === 0;
}

/** Most values have the same paths below them. */
function goOnAlike(values: readonly SeenValue[]): boolean {
  const counts = new Map<string, number>();
  for (const { rests } of values) for (const rest of rests) counts.set(rest, (counts.get(rest) ?? 0) + 1);
  return Math.max(...counts.values()) >= MOST_VALUES * values.length;
}

/** Most values that differ do so in fields in which others differ too. */
function differAlike(values: readonly SeenValue[]): boolean {
  const differing = values.filter(({ fields }) => fields.size > 0);
  const counts = new Map<string, number>();
  for (const { fields } of differing) for (const field of fields) counts.set(field, (counts.get(field) ?? 0) + 1);
  const least = Math.max(2, TYPICAL_SHARE * differing.length);
  const typical = differing.filter(({ fields }) => {
    const own = [...fields].filter((field) => (counts.get(field) ?? 0) < least);
    return own.length <= MAX_OWN_FIELDS * fields.size;
  });
  return typical.length >= MOST_VALUES * differing.length;
}

/** Whether the values are names rather than words of an API: by their look, by the plural before them, or because more are expected. */
function areNames(parent: string, values: readonly string[], seen: readonly SeenValue[]): boolean {
  if (parameterName(parent, values) !== ANY_NAME) return true;
  if (values.filter((value) => NAME_LIKE.test(value)).length >= MANY_VALUES * values.length) return true;
  return estimatedValues(seen.map(({ compared }) => compared)) >= TIMES_AS_MANY * values.length;
}
