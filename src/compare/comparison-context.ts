import type { EndpointRules } from "./rules/rule-book.ts";
import type { MapPaths } from "./tree/keys/map-paths.ts";

/** What is known about an endpoint when two of its responses are compared. */
export interface ComparisonContext {
  /** The active rules; undefined when there are none. */
  readonly rules?: EndpointRules | undefined;
  /** Called when a rule removes a difference. */
  readonly onHit: (rule: string) => void;
  /** Objects whose keys are data; undefined when only the form of the keys decides. */
  readonly maps?: MapPaths | undefined;
}
