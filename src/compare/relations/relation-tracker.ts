import { LRUCache } from "lru-cache";
import type { FieldDifference } from "../field-difference.ts";
import type { Json } from "../tree/json-tree.ts";
import { valueFingerprint, type Fingerprint } from "./value-fingerprint.ts";
import { CounterHistory } from "./counter-history.ts";
import { ValueHistory, type RelatedDifference } from "./value-history.ts";

const MAX_ENDPOINTS = 200;
/** Fields of each endpoint and candidate: the first ones. */
const MAX_FIELDS = 200;

interface FieldState {
  readonly history: ValueHistory;
  /** The values of both sides when a self-check was first seen. */
  pair: { readonly primary: Fingerprint; readonly candidate: Fingerprint } | undefined;
  readonly counter: CounterHistory;
}

interface EndpointState {
  readonly fields: Map<string, FieldState>;
  /** Noise is measured by asking the primary twice. */
  isSelfChecked: boolean;
}

/** The differences between primary and candidate in one exchange. */
interface RelatedExchange {
  readonly candidate: string;
  readonly endpoint: string;
  /** Arrival of the request, Unix milliseconds. */
  readonly at: number;
  readonly differences: readonly FieldDifference[];
  readonly isSelfCheck: boolean;
}

export interface RelationTracker {
  /** What explains the differences of an exchange, and of earlier ones that could not be explained yet. */
  relate(exchange: RelatedExchange): readonly RelatedDifference[];
}

/** Finds relations that show only over several exchanges: of a state that lags, and of values and counters that belong to
 * a server. */
export function createRelationTracker(): RelationTracker {
  const endpoints = new LRUCache<string, EndpointState>({ max: MAX_ENDPOINTS });
  const stateOf = (name: string): EndpointState => {
    const known = endpoints.get(name);
    if (known !== undefined) return known;
    const state = { fields: new Map<string, FieldState>(), isSelfChecked: false };
    endpoints.set(name, state);
    return state;
  };
  return {
    relate({ candidate, endpoint, at, differences, isSelfCheck }) {
      if (differences.length === 0) return NO_RELATIONS;
      const state = stateOf(`${candidate}\n${endpoint}`);
      state.isSelfChecked ||= isSelfCheck;
      const related: RelatedDifference[] = [];
      for (const difference of differences) relateOne(related, state, at, difference);
      return related;
    },
  };
}

const NO_RELATIONS: readonly RelatedDifference[] = [];

function relateOne(
  related: RelatedDifference[],
  { fields, isSelfChecked }: EndpointState,
  at: number,
  { section, path, kind, relation = null, values }: FieldDifference,
): void {
  const field = { section, path, kind };
  const [pair] = values ?? [];
  // Values at several positions are examined together in one exchange only.
  if (pair?.left === undefined || pair.right === undefined || values?.length !== 1) {
    related.push({ ...field, relation, count: 1 });
    return;
  }
  const key = `${section}\n${path}`;
  const known = fields.get(key) ?? { history: new ValueHistory(), pair: undefined, counter: new CounterHistory() };
  if (fields.size < MAX_FIELDS) fields.set(key, known);
  const own = relation ?? (isSelfChecked ? serverRelation(known, at, pair.left, pair.right) : null);
  related.push(...known.history.relate(field, pair.left, pair.right, own));
}

/** What a self-check cannot tell from a change: values that belong to the server, not to the version. */
function serverRelation(known: FieldState, at: number, left: Json, right: Json): "instance" | "counting" | null {
  const isCounting = known.counter.observe(at, left, right);
  if (isConstant(known, left, right)) return "instance";
  return isCounting ? "counting" : null;
}

/** Whether both sides have the values that they had when a self-check was first seen. */
function isConstant(known: FieldState, left: Json, right: Json): boolean {
  const [primary, candidate] = [valueFingerprint(left), valueFingerprint(right)];
  known.pair ??= { primary, candidate };
  return primary !== undefined && known.pair.primary === primary && known.pair.candidate === candidate;
}
