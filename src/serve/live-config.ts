import { isDeepStrictEqual } from "node:util";
import type { Config } from "../model/config.ts";
import type { ConfigStatus } from "../model/control.ts";
import { reloaded, type ConfigSource, type ReadConfig, type Reloaded } from "./reloaded-config.ts";
import { type FileWatch, watchFiles } from "../config/file-watch.ts";

export interface LiveConfigOptions {
  /** Undefined when nothing can be read anew. */
  readonly source: ConfigSource | undefined;
  /** Unix milliseconds. */
  now(): number;
  /** A configuration was read without an error; `config` is the one in force from now on. */
  applied(config: Config, read: Pick<ReadConfig, "warnings"> & Pick<Reloaded, "needsRestart">): Promise<void>;
  /** The configuration could not be used; the one before stays in force. */
  refused(error: Error): void;
}

/** The configuration in force, kept up to date with its files. */
export class LiveConfig {
  readonly #options: LiveConfigOptions;
  #files: readonly string[] = [];
  #watch: FileWatch | undefined;
  #current: Config;
  #loadedAt: number;
  #error: string | null = null;
  #needsRestart: readonly string[] = [];

  /** @param config as it was loaded at the start; from here on its files are watched */
  constructor(config: Config, options: LiveConfigOptions) {
    this.#options = options;
    this.#current = config;
    this.#loadedAt = options.now();
    this.#follow(options.source?.files ?? []);
  }

  get current(): Config {
    return this.#current;
  }

  get status(): ConfigStatus {
    return {
      source: this.#files.join(", "),
      loadedAt: this.#loadedAt,
      error: this.#error,
      needsRestart: this.#needsRestart,
    };
  }

  /** Reads everything anew; called when a file has changed, and on SIGHUP. Nothing happens without a source. */
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
      this.#options.refused(problem);
      return;
    }
    const { config, needsRestart } = reloaded(this.#current, read.config);
    this.#follow(read.files);
    this.#error = null;
    this.#loadedAt = this.#options.now();
    this.#needsRestart = needsRestart;
    this.#current = config;
    void this.#options.applied(config, { needsRestart, warnings: read.warnings });
  }

  close(): void {
    this.#watch?.close();
  }

  /** A document may name other documents than before. */
  #follow(files: readonly string[]): void {
    if (isDeepStrictEqual(files, this.#files)) return;
    this.#watch?.close();
    this.#files = files;
    this.#watch = files.length === 0 ? undefined : watchFiles({ files, changed: () => this.reload() });
  }
}
