import type { Rule } from "../../model/rule.ts";
import type { Run } from "../../model/run.ts";
import { rulesYaml } from "../../presentation/rules/rules-yaml.ts";
import { overBroad } from "../../report/rules/over-broad-rules.ts";
import { notShadowdiff, requestAdmin } from "../terminal/admin-client.ts";
import { chooseRun } from "../terminal/choose-run.ts";
import type { CommandIo } from "../terminal/command-io.ts";
import { readStore } from "../terminal/read-store.ts";
import { runExport, writeExport } from "./export-output.ts";

/** Where an export comes from, and where it goes. */
export interface ExportSource {
  /** `sqlite:PATH`, a path, or the URL of a database; default: the store of `serve`. */
  readonly store?: string | undefined;
  /** Admin address of a running shadowdiff to query instead of a store. */
  readonly url?: string | undefined;
  /** Admin token; default: SHADOWDIFF_ADMIN_TOKEN. */
  readonly token?: string | undefined;
  /** Id or name of a run; default: the newest. */
  readonly run?: string | undefined;
  /** Default: stdout. */
  readonly output?: string | undefined;
}

export interface ExportRulesOptions extends ExportSource {
  /** Only the rules that were added at run time. */
  readonly added?: boolean | undefined;
}

/** The configured rules of a run, and those that were added at run time, which apply to every run. */
interface RuleSources {
  readonly configured: readonly Rule[];
  readonly added: readonly Rule[];
}

/**
 * Exports the rules of a run as `compare.rules` of a configuration.
 * @returns exit code 0; 2 if there is no such run or the file cannot be written, with the reason on `io.err`
 */
export function exportRules(options: ExportRulesOptions, io: CommandIo): Promise<number> {
  const { url, output, added: isAddedOnly = false } = options;
  return runExport(io, async () => {
    const { configured, added } =
      url === undefined ? await readRules(options, io) : await fetchRules(url, options.run, options.token);
    const rules = isAddedOnly ? added : [...configured, ...added];
    const broad = new Set(rules.filter((rule) => overBroad(rule) !== null).map(({ id }) => id));
    await writeExport(output, [rulesYaml(rules, broad)], io);
  });
}

function readRules({ store, run }: ExportSource, io: CommandIo): Promise<RuleSources> {
  const read = async (
    reader: { runs(): Promise<readonly Run[]>; rules(): Promise<readonly Rule[]> },
    path: string,
  ) => ({
    configured: chooseRun(await reader.runs(), run, path).rules,
    added: await reader.rules(),
  });
  return readStore(store, read, io);
}

async function fetchRules(url: string, run: string | undefined, token: string | undefined): Promise<RuleSources> {
  const runs = await requestAdmin(url, { path: "api/v1/runs", token });
  const rules = await requestAdmin(url, { path: "api/v1/rules", token });
  if (!("runs" in runs.body)) throw notShadowdiff(runs.target);
  if (!("rules" in rules.body)) throw notShadowdiff(rules.target);
  return {
    configured: chooseRun(runs.body.runs as readonly Run[], run, url).rules,
    added: (rules.body.rules as readonly Rule[]).filter(({ source }) => source === "dashboard"),
  };
}
