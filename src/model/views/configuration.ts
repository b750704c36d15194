import type { ConfigStatus } from "../control.ts";

/** Where the value of an option comes from, in the order of precedence. */
export type OptionSource = "flag" | "variable" | "file" | "default";

/** An option of the configuration as it is in force. */
export interface EffectiveOption {
  /** The field in a document, with the names of routes and versions: `routes.default.candidates.v2.percent`. */
  readonly name: string;
  readonly help: string;
  /** What a value is: `duration`, `size`, `percent`. */
  readonly kind: string;
  /** As written, with its unit; null if it has none, neither written nor by default. Secrets are masked. */
  readonly value: string | null;
  readonly default: string | null;
  readonly isDefault: boolean;
  readonly source: OptionSource;
  /** The flag, the variable, or the position in a file: `shadowdiff.yaml:6:12`; empty for a default. */
  readonly place: string;
  /** The value that takes effect after a restart; undefined if it is the one in force. */
  readonly afterRestart?: string | null | undefined;
}

/** A route in words. */
export interface ConfiguredRoute {
  readonly name: string;
  /** Empty for all hosts. */
  readonly hosts: readonly string[];
  /** All conditions of one of the lists must be true; empty for all requests. */
  readonly requests: readonly (readonly string[])[];
  readonly goesTo: readonly string[];
  readonly mirroredTo: readonly string[];
}

/** A version and its addresses. */
interface ConfiguredSubset {
  readonly name: string;
  readonly urls: readonly string[];
}

/** The configuration in force, as the dashboard shows it. */
export interface ConfigurationView extends ConfigStatus {
  /** Equal configurations have equal hashes, wherever their values come from. */
  readonly hash: string;
  readonly options: readonly EffectiveOption[];
  readonly subsets: readonly ConfiguredSubset[];
  readonly routes: readonly ConfiguredRoute[];
  /** The number of configured rules. */
  readonly rules: number;
}
