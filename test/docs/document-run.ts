import { readFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stringify } from "yaml";
import { requireTool } from "../tools/require-tool.ts";
import { startPostgres, type Postgres } from "../tools/start-postgres.ts";
import { shownCommands, type CodeBlock, type ShownCommand } from "./code-blocks.ts";
import { completeConfig, kindOf, type YamlKind } from "./documented-yaml.ts";
import type { Plan, Treatment } from "./plans.ts";
import { ShellSession } from "./shell-session.ts";
import { missingWords } from "./shown-words.ts";

export const ROOT = join(import.meta.dirname, "../..");
const PATIENCE_MS = 60_000;
const POLL_MS = 50;
/** Commands that serve until they are stopped. */
const SERVER = /^\s*(?:shadowdiff serve|node \S+\.mjs)\b/;
const YAML_FILES: Readonly<Record<YamlKind, string>> = {
  kubernetes: "document.yaml",
  prometheus: "prometheus.yml",
  shadowdiff: "part.yaml",
};
const READY_URL = "http://127.0.0.1:9900/readyz";

/** What a document promises and does not hold. */
export interface BrokenPromise {
  readonly command: string;
  readonly printed: string;
  readonly code: number | null;
  /** Words of the output that the document shows, which were not printed. */
  readonly missing?: readonly string[];
}

type Server = ReturnType<ShellSession["start"]>;

/** Executes the blocks of a document in its order, in one session. */
export class DocumentRun {
  readonly #plan: Plan;
  readonly #session: ShellSession;
  readonly #postgres: Postgres | undefined;
  #serving: Server | undefined;

  private constructor(plan: Plan, session: ShellSession, postgres: Postgres | undefined) {
    this.#plan = plan;
    this.#session = session;
    this.#postgres = postgres;
  }

  /** @throws if what the plan prepares fails */
  static async begin(plan: Plan): Promise<DocumentRun> {
    const postgres = plan.needsPostgres === true ? await startPostgres() : undefined;
    const session = await ShellSession.open();
    const run = new DocumentRun(plan, session, postgres);
    if (postgres !== undefined) {
      const { directory, port } = postgres;
      await session.save(".bin/env", `export PGHOST=${directory} PGPORT=${port} PGUSER=postgres PGDATABASE=postgres`);
    }
    for (const file of plan.files ?? []) await copyFile(join(ROOT, file), join(session.folder, basename(file)));
    for (const script of plan.background ?? []) session.start(script);
    await run.#prepare(plan.before);
    return run;
  }

  async end(): Promise<void> {
    await this.#session.close();
    await this.#postgres?.remove();
  }

  /**
   * Executes a block as its language says, and as the plan changes that.
   * @returns what went wrong: nothing if the document holds
   */
  async execute(block: CodeBlock, treatment: Treatment): Promise<readonly BrokenPromise[]> {
    const text = this.#replaced(block.text);
    if (/\bshadowdiff serve\b/.test(text) && treatment.onlySaved !== true) await this.#stopServing();
    await this.#prepare(treatment.before);
    if (treatment.save !== undefined) await this.#session.save(treatment.save, text);
    if (treatment.onlySaved === true) return [];
    if (treatment.namesScripts === true) return unknownScripts(text);
    switch (block.language) {
      case "sh":
      case "bash":
        return SERVER.test(text) ? (await this.#serve(text)).broken : this.#run(text, treatment.exit);
      case "console":
        return this.#showAll(shownCommands({ ...block, text }), treatment);
      case "yaml":
        return this.#check(text);
      case "json":
        JSON.parse(text);
        return [];
      case "sql":
        await this.#session.save("statements.sql", text);
        return this.#run("psql --no-psqlrc -v ON_ERROR_STOP=1 -f statements.sql");
      default:
        throw new Error(`no rule for ${block.language}: the plan of the document must say what the block is for`);
    }
  }

  async #prepare(script: string | undefined): Promise<void> {
    if (script === undefined) return;
    const [broken] = await this.#run(script);
    if (broken !== undefined) throw new Error(`exit code ${broken.code} of:\n${script}\n${broken.printed}`);
  }

  async #run(command: string, exit: Treatment["exit"] = 0): Promise<readonly BrokenPromise[]> {
    const { code, output: printed } = await this.#session.run(command);
    return exit === "any" || code === exit ? [] : [{ command, printed, code }];
  }

  async #showAll(commands: readonly ShownCommand[], treatment: Treatment): Promise<readonly BrokenPromise[]> {
    const broken: BrokenPromise[] = [];
    for (const shown of commands) broken.push(...(await this.#show(shown, treatment)));
    return broken;
  }

  async #show(
    { command, output }: ShownCommand,
    { exit = 0, variable = [] }: Treatment,
  ): Promise<readonly BrokenPromise[]> {
    if (SERVER.test(command)) return this.#showServer(command, output);
    const { code, output: printed } = await this.#session.runAsTyped(command);
    const missing = missingWords(output, printed).filter((word) => !variable.includes(word));
    return (exit === "any" || code === exit) && missing.length === 0 ? [] : [{ command, printed, code, missing }];
  }

  async #showServer(command: string, output: string): Promise<readonly BrokenPromise[]> {
    const { started, broken } = await this.#serve(command);
    const deadline = performance.now() + PATIENCE_MS;
    while (missingWords(output, started.output()).length > 0) {
      if (performance.now() > deadline) {
        const printed = started.output();
        return [...broken, { command, printed, code: null, missing: missingWords(output, printed) }];
      }
      await delay(POLL_MS);
    }
    return broken;
  }

  /** Starts a server, and waits until a `serve` is ready. */
  async #serve(script: string): Promise<{ readonly started: Server; readonly broken: readonly BrokenPromise[] }> {
    const started = this.#session.start(script);
    if (!script.includes("shadowdiff serve")) return { started, broken: [] };
    this.#serving = started;
    const { code } = await this.#session.run(`until curl -s -o .bin/ready ${READY_URL}; do sleep 0.05; done`);
    return { started, broken: code === 0 ? [] : [{ command: script, printed: started.output(), code }] };
  }

  async #stopServing(): Promise<void> {
    if (this.#serving !== undefined) await this.#session.stop(this.#serving.child);
    this.#serving = undefined;
  }

  async #check(text: string): Promise<readonly BrokenPromise[]> {
    const kind = kindOf(text);
    await this.#session.save(YAML_FILES[kind], kind === "shadowdiff" ? stringify(completeConfig(text)) : text);
    const check = kind === "prometheus" ? `${requireTool("promtool")} check config` : "shadowdiff check";
    return this.#run(`${check} ${YAML_FILES[kind]}`);
  }

  #replaced(text: string): string {
    const replaced = (this.#plan.replace ?? []).reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
    if (this.#postgres === undefined) return replaced;
    // The server is reached through its socket, because another network is another machine.
    const { directory, port } = this.#postgres;
    const socket = `postgres:///$1?host=${encodeURIComponent(directory)}&port=${port}&user=postgres`;
    return replaced.replaceAll(/postgres:\/\/[\w.@:]+\/(\w+)/g, `'${socket}'`);
  }
}

/** The scripts that a block runs, but the package does not have. */
function unknownScripts(text: string): readonly BrokenPromise[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
  return [...text.matchAll(/\bnpm run ([\w:]+)/g)]
    .filter(([, name]) => !Object.keys(scripts).includes(name ?? ""))
    .map(([command]) => ({ command, printed: "no such script", code: null }));
}
