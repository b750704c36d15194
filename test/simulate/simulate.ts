import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { explainTables } from "./explain-tables.ts";
import { fieldTables } from "./field-tables.ts";
import { latencyTables } from "./latency-tables.ts";
import { parityTables } from "./parity-tables.ts";
import { figuresOf, renderTable, type EarlierFigures, type SimulationOptions, type Table } from "./table.ts";
import { samplingTables } from "./sampling-tables.ts";
import { wholeRunTables } from "./whole-run-tables.ts";

/**
 * Prints false alarms and power of the production code as Markdown tables: `npm run simulate`. `-- --quick` simulates a tenth of
 * the runs, `-- --seed 7` other ones, and `-- --only field,parity` the tables of some topics. `-- --write` writes docs/simulation.md, and
 * `-- --json` prints the figures as before.json holds them.
 */
const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    seed: { type: "string", default: "20261121" },
    only: { type: "string" },
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

const TOPICS: Readonly<Record<string, (options: SimulationOptions) => readonly Table[]>> = {
  field: fieldTables,
  parity: parityTables,
  latency: latencyTables,
  run: wholeRunTables,
  sampling: samplingTables,
  explain: explainTables,
};

interface EarlierVersion {
  readonly commit: string;
  readonly figures: EarlierFigures;
}

if (values.write && values.only !== undefined) {
  throw new Error("--write needs the tables of all topics; leave out --only");
}

const earlier = JSON.parse(readFileSync(join(import.meta.dirname, "before.json"), "utf8")) as EarlierVersion;
const options = {
  seed: Number(values.seed),
  runs: (full: number): number => (values.quick ? Math.ceil(full / 10) : full),
};
const tables = Object.entries(TOPICS)
  .filter(([topic]) => values.only === undefined || values.only.split(",").includes(topic))
  .flatMap(([, simulate]) => simulate(options));

if (values.json) console.log(JSON.stringify(figuresOf(tables), null, 2));
else if (values.write) writeFileSync(join(import.meta.dirname, "../../docs/simulation.md"), page());
else console.log(page());

function page(): string {
  return [
    "# Simulation",
    "",
    "False alarms and power of the functions that produce the reports, measured by `npm run simulate -- --write`. A number",
    "before an arrow is that of the version that judged every exchange on its own",
    `(commit ${earlier.commit}) in the same world. Seed ${values.seed}${values.quick ? ", a tenth of the runs" : ""}.`,
    "",
    ...tables.map((table) => renderTable(table, earlier.figures)),
  ].join("\n");
}
