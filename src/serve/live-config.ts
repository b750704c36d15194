import { isDeepStrictEqual } from "node:util";
import type { Config } from "../model/config.ts";
import type { EffectiveOption } from "../model/views/configuration.ts";
import type { ConfigStatus } from "../model/control.ts";
import {
  changedOptions,
  mergeOptions,
  mergeReloaded,
  type ConfigSource,
  type ReadConfig,
  type Reloaded,
} from "./merge-reload.ts";
import { type FileWatch, watchFiles } from "../config/file-watch.ts";

export interface LiveConfigOptions {
  /** Undefined when the configuration cannot be reloaded. */
  readonly source: ConfigSource | undefined;
  /** Unix milliseconds. */
  now(): number;
  /** A valid configuration was loaded, and is active from now on. */
  onLoad(config: Config, read: Pick<ReadConfig, "warnings"> & Pick<Reloaded, "needsRestart"> & Changed): Promise<void>;
  /** The configuration is invalid. The previous one stays active. */
  onError(error: Error): void;
}

interface Changed {
  /** See `changedOptions`. */
  readonly changed: readonly string[];
}

/** The active configuration. It is reloaded when its files change. */
export class LiveConfig {
  readonly #options: LiveConfigOptions;
  #files: readonly string[] = [];
  #watch: FileWatch | undefined;
  #current: Config;
  #loadedAt: number;
  #error: string | null = null;
  #needsRestart: readonly string[] = [];
  #effective: readonly EffectiveOption[];

  /**
   * @param config as it was loaded at start. Its files are watched from now on
   * @param effective its options with their sources
   */
  constructor(config: Config, effective: readonly EffectiveOption[], options: LiveConfigOptions) {
    this.#options = options;
    this.#current = config;
    this.#effective = effective;
    this.#loadedAt = options.now();
    this.#watchSources(options.source?.files ?? []);
  }

  get current(): Config {
    return this.#current;
  }

  /** The options in force, with their sources. */
  get effective(): readonly EffectiveOption[] {
    return this.#effective;
  }

  get status(): ConfigStatus {
    return {
      source: this.#files.join(", "),
      loadedAt: this.#loadedAt,
      error: this.#error,
      needsRestart: this.#needsRestart,
    };
  }

  /** Reloads the configuration. Called when a file has changed, and on SIGHUP. Does nothing without a source. */
  reload(): void {
    const { source } = this.#options;
    if (source === undefined) return;
    this.#watch?.markRead();
    let read: ReadConfig;
    try {
      read = source.load();
    } catch (error) {
      const problem = error instanceof Error ? error : new Error(String(error));
      this.#error = problem.message;
      this.#options.onError(problem);
      return;
    }
    const before = { config: this.#current, options: this.#effective };
    const { config, needsRestart } = mergeReloaded(this.#current, read.config);
    this.#watchSources(read.files);
    this.#error = null;
    this.#loadedAt = this.#options.now();
    this.#needsRestart = needsRestart;
    this.#current = config;
    this.#effective = mergeOptions(this.#effective, read.options, needsRestart);
    const changed = changedOptions(before, { config, options: this.#effective });
    void this.#options.onLoad(config, { needsRestart, warnings: read.warnings, changed });
  }

  close(): void {
    this.#watch?.close();
  }

  /** Watches the files of the configuration. A document may refer to other documents than before. */
  #watchSources(files: readonly string[]): void {
    if (isDeepStrictEqual(files, this.#files)) return;
    this.#watch?.close();
    this.#files = files;
    this.#watch = files.length === 0 ? undefined : watchFiles({ files, changed: () => this.reload() });
  }
}
