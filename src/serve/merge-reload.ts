import { isDeepStrictEqual } from "node:util";
import type { Config } from "../model/config.ts";
import type { EffectiveOption } from "../model/views/configuration.ts";
import type { Problem } from "../config/config-error.ts";

/** A configuration, and the files from which it was read; there are none when only flags and variables are used. */
export interface ReadConfig {
  readonly config: Config;
  readonly files: readonly string[];
  readonly warnings: readonly Problem[];
  /** Every option with its source. */
  readonly options: readonly EffectiveOption[];
}

/** The source of a configuration, from which it can be reloaded. */
export interface ConfigSource {
  /** The files of the configuration at start. */
  readonly files: readonly string[];
  /**
   * Loads the configuration again.
   * @throws ConfigError with all problems
   */
  load(): ReadConfig;
}

export interface Reloaded {
  /** The new configuration, with the previous values of options that need a restart. */
  readonly config: Config;
  /** Options whose new value takes effect only after a restart. */
  readonly needsRestart: readonly string[];
}

/** Options of the threads, the listeners and the database, which cannot change at run time. */
const FIXED_OPTIONS: readonly FixedOption[] = [
  fixedOption("runName"),
  fixedOption("labels"),
  fixedOption("replicaName"),
  fixedOption("listen"),
  fixedOption("listenTls"),
  fixedOption("tap"),
  fixedOption("requests"),
  fixedOption("forwarded"),
  fixedOption("admin"),
  fixedOption("store"),
  fixedOption("tracing"),
  fixedOption("metrics"),
  fixedOption("webhooks"),
  fixedOption("threads"),
  fixedOption("capture"),
  fixedCompareOption("maxEndpoints"),
  fixedCompareOption("maxSegmentValues"),
  fixedCompareOption("maxDifferenceSets"),
  fixedCompareOption("samplesPerDifference"),
  fixedCompareOption("descriptorSet"),
];

/**
 * Merges a newly loaded configuration with the active one: options that cannot change at run time keep their values.
 * @param active the configuration at start, or after an earlier reload
 */
export function mergeReloaded(active: Config, loaded: Config): Reloaded {
  const needsRestart = FIXED_OPTIONS.filter((option) => option.differs(active, loaded));
  return {
    config: needsRestart.reduce((config, option) => option.keep(active, config), loaded),
    needsRestart: needsRestart.map(({ name }) => name),
  };
}

interface FixedOption {
  /** As in the document. */
  readonly name: string;
  differs(left: Config, right: Config): boolean;
  keep(from: Config, to: Config): Config;
}

function fixedOption(name: keyof Config): FixedOption {
  return {
    name,
    differs: (left, right) => !isDeepStrictEqual(left[name], right[name]),
    keep: (from, to) => ({ ...to, [name]: from[name] }),
  };
}

function fixedCompareOption(name: keyof Config["compare"]): FixedOption {
  return {
    name: `compare.${name}`,
    differs: (left, right) => !isDeepStrictEqual(left.compare[name], right.compare[name]),
    keep: (from, to) => ({ ...to, compare: { ...to.compare, [name]: from.compare[name] } }),
  };
}

/** Fields of documents that belong to an option of another name. */
const FIELDS_OF: Readonly<Record<string, readonly string[]>> = {
  store: ["store", "storePasswordFile", "storeRequired", "retention"],
};

/** The options in force after a reload. @param needsRestart see `Reloaded` */
export function mergeOptions(
  active: readonly EffectiveOption[],
  loaded: readonly EffectiveOption[],
  needsRestart: readonly string[],
): readonly EffectiveOption[] {
  const fields = needsRestart.flatMap((name) => FIELDS_OF[name] ?? [name]);
  return loaded.map((option) => {
    if (!fields.some((field) => option.name === field || option.name.startsWith(`${field}.`))) return option;
    const before = active.find(({ name }) => name === option.name);
    if (before === undefined) return option;
    const { afterRestart: _, ...inForce } = before;
    return before.value === option.value ? inForce : { ...inForce, afterRestart: option.value };
  });
}

/** Configured rules are no options, nor are routes of other documents. */
const RULES = "compare.rules";
const ANYTHING_ELSE = "routes or versions";

/** What a reload has changed, for people: `gate.parity: 0.99 → 0.999`; empty if everything is as before. */
export function changedOptions(
  before: { readonly config: Config; readonly options: readonly EffectiveOption[] },
  after: { readonly config: Config; readonly options: readonly EffectiveOption[] },
): readonly string[] {
  if (isDeepStrictEqual(before.config, after.config)) return [];
  const valuesBefore = new Map(before.options.map(({ name, value }) => [name, value]));
  const names = new Set([...before.options, ...after.options].map(({ name }) => name));
  const valuesAfter = new Map(after.options.map(({ name, value }) => [name, value]));
  const options = [...names].flatMap((name) => {
    const [old, now] = [valuesBefore.get(name) ?? "none", valuesAfter.get(name) ?? "none"];
    return old === now ? [] : [`${name}: ${old} → ${now}`];
  });
  const hasOtherRules = !isDeepStrictEqual(before.config.compare.rules, after.config.compare.rules);
  const all = hasOtherRules ? [...options, RULES] : options;
  return all.length > 0 ? all : [ANYTHING_ELSE];
}
