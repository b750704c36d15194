/** Prints the duration of the first report of a process as JSON: `node first-report.ts FILE RUN`; started by bench:store. */
import type { Run } from "../../src/model/run.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { timeFirstReport } from "./store-synthetic.ts";

const [path = "", run = ""] = process.argv.slice(2);
const reader = openSqliteReader(path);
console.log(JSON.stringify(await timeFirstReport(reader, JSON.parse(run) as Run)));
await reader.close();
