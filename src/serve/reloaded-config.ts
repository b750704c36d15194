import { isDeepStrictEqual } from "node:util";
import type { Config } from "../model/config.ts";
import type { Problem } from "../config/config-error.ts";

/** A configuration and the files that it was read from; none when there are flags and variables only. */
export interface ReadConfig {
  readonly config: Config;
  readonly files: readonly string[];
  /** What a person should know about it. */
  readonly warnings: readonly Problem[];
}

/** Where a configuration comes from, so that it can be read anew. */
export interface ConfigSource {
  /** The files of the configuration that is in force at the start. */
  readonly files: readonly string[];
  /**
   * Reads everything again.
   * @throws ConfigError with everything that is wrong
   */
  load(): ReadConfig;
}

export interface Reloaded {
  /** The new configuration as far as it takes effect now. */
  readonly config: Config;
  /** Options whose new value waits for a restart. */
  readonly needsRestart: readonly string[];
}

/** What threads, listeners and the database are made from. */
const FIXED_OPTIONS: readonly FixedOption[] = [
  fixed("runName"),
  fixed("labels"),
  fixed("listen"),
  fixed("listenTls"),
  fixed("tap"),
  fixed("admin"),
  fixed("store"),
  fixed("threads"),
  fixed("capture"),
  fixedOfCompare("maxEndpoints"),
  fixedOfCompare("maxDifferenceSets"),
  fixedOfCompare("samplesPerDifference"),
  fixedOfCompare("descriptorSet"),
];

/**
 * Lays a newly loaded configuration over the one that the process was started with. Options that cannot change while it
 * runs keep their old values and are named.
 * @param started of the start, or of an earlier reload: the fixed options are the same
 */
export function reloaded(started: Config, loaded: Config): Reloaded {
  const needsRestart = FIXED_OPTIONS.filter((option) => option.differs(started, loaded));
  return {
    config: needsRestart.reduce((config, option) => option.keep(started, config), loaded),
    needsRestart: needsRestart.map(({ name }) => name),
  };
}

interface FixedOption {
  /** As the document has it. */
  readonly name: string;
  differs(left: Config, right: Config): boolean;
  keep(from: Config, to: Config): Config;
}

function fixed(name: keyof Config): FixedOption {
  return {
    name,
    differs: (left, right) => !isDeepStrictEqual(left[name], right[name]),
    keep: (from, to) => ({ ...to, [name]: from[name] }),
  };
}

function fixedOfCompare(name: keyof Config["compare"]): FixedOption {
  return {
    name: `compare.${name}`,
    differs: (left, right) => !isDeepStrictEqual(left.compare[name], right.compare[name]),
    keep: (from, to) => ({ ...to, compare: { ...to.compare, [name]: from.compare[name] } }),
  };
}
