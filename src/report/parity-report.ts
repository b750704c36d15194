import { OVERFLOW_ENDPOINT } from "../lib/overflow-endpoint.ts";
import type { FieldMark } from "../model/difference.ts";
import type { EndpointReport, LatencyReport, Report, Verdict } from "../model/report.ts";
import type { Run } from "../model/run.ts";
import type { LatencyRow, OutcomeRow, StoreReader } from "../store/store.ts";
import { accountingOf, comparedCounts } from "./accounting.ts";
import { medianOf, quantilesOf, sumBuckets } from "./bucket-statistics.ts";
import { countFields, judgeFields, reportFields } from "./noise.ts";
import { countAgainstParity, type Counting } from "./parity.ts";
import { judgeRun } from "./run-verdict.ts";
import { wilsonInterval } from "./statistics.ts";
import { judgeEndpoint } from "./verdict.ts";

/**
 * The report of one candidate: everything that was counted, judged against the run's gate. Costs a few queries whose size
 * depends on endpoints and distinct differences, never on traffic.
 * @param run as the store or the running program knows it; nothing may be stored of it yet
 * @param candidate the subset's name
 */
export function buildReport(reader: StoreReader, run: Run, candidate: string): Report {
  const { outcomes, latencies, counts } = reader.snapshot(() => ({
    outcomes: reader.outcomes(run.id, candidate),
    latencies: reader.latencies(run.id, candidate),
    counts: reader.accounting(run.id, candidate),
  }));
  const latenciesOf = Map.groupBy(latencies, endpointKey);
  const judged = [...Map.groupBy(outcomes, endpointKey)]
    .map(([key, rows]) => reportEndpoint(rows, latenciesOf.get(key) ?? [], run, candidate))
    .toSorted(byUrgency);

  const accounting = accountingOf(counts, outcomes);
  const counting = judged.reduce((sum, endpoint) => sum + endpoint.counting, 0);
  const unknown = judged.reduce((sum, endpoint) => sum + endpoint.unknown, 0);
  const parity = wilsonInterval(accounting.compared - counting, accounting.compared);
  const overflow = {
    endpoints: countWhere(outcomes, ({ endpoint }) => endpoint === OVERFLOW_ENDPOINT),
    differenceSets: countWhere(outcomes, ({ beyondCap }) => beyondCap),
  };
  const endpoints = judged.map(({ report, counting }) => ({ ...report, counting }));
  const latency = latencyReport(latencies);
  const latencyPairs = countWhere(latencies, ({ series }) => series === "ratio");
  const judgement = judgeRun(
    {
      accounting,
      hasSecondary: run.secondary !== null,
      counting,
      unknown,
      parity,
      latency,
      latencyPairs,
      endpoints,
      overflow,
    },
    run.gate,
  );
  return {
    run: { id: run.id, name: run.name, startedAt: run.startedAt },
    candidate,
    ...judgement,
    gate: run.gate,
    accounting,
    parity,
    latency,
    overflow,
    endpoints: judged.map(({ report }) => report),
  };
}

interface JudgedEndpoint extends Counting {
  readonly report: EndpointReport;
}

function reportEndpoint(
  rows: readonly OutcomeRow[],
  latencies: readonly LatencyRow[],
  run: Run,
  candidate: string,
): JudgedEndpoint {
  const counts = comparedCounts(rows);
  const fields = countFields(rows);
  const verdicts = judgeFields(fields, counts.noiseCompared > 0);
  const differences = reportFields(fields, verdicts);
  const against = countAgainstParity(rows, verdicts);
  const transport = countWhere(rows, (row) => row.fields.some(isTransportFailure));
  const parity = wilsonInterval(counts.compared - against.counting, counts.compared);
  const latency = latencyReport(latencies);
  const latencyPairs = countWhere(latencies, ({ series }) => series === "ratio");
  const { compared } = counts;
  const evidence = { compared, ...against, transport, parity, fields: differences, latency, latencyPairs };
  const { verdict, reasons } = judgeEndpoint(evidence, run.gate);
  const [{ endpoint, route } = { endpoint: "", route: "" }] = rows;
  const report = { endpoint, route, subset: candidate, ...counts, parity, verdict, reasons, latency, differences };
  return { report, ...against };
}

function latencyReport(rows: readonly LatencyRow[]): LatencyReport {
  const series = Map.groupBy(rows, (row) => row.series);
  const buckets = (name: LatencyRow["series"]) => sumBuckets(series.get(name) ?? []);
  return {
    primary: quantilesOf(buckets("primary")),
    candidate: quantilesOf(buckets("candidate")),
    secondary: quantilesOf(buckets("secondary")),
    ratio: medianOf(buckets("ratio")),
    bias: medianOf(buckets("bias")),
  };
}

const URGENCY: Readonly<Record<Verdict, number>> = { fail: 0, inconclusive: 1, pass: 2 };

/** What a person must look at comes first: failing endpoints, those with open differences, then by traffic. */
function byUrgency(a: JudgedEndpoint, b: JudgedEndpoint): number {
  const rank = ({ report, counting }: JudgedEndpoint): number =>
    report.verdict === "inconclusive" && counting === 0 ? URGENCY.pass : URGENCY[report.verdict];
  return (
    rank(a) - rank(b) ||
    b.counting - a.counting ||
    b.report.compared - a.report.compared ||
    (endpointKey(a.report) < endpointKey(b.report) ? -1 : 1)
  );
}

function endpointKey({ route, endpoint }: { readonly route: string; readonly endpoint: string }): string {
  return `${endpoint}\n${route}`;
}

function countWhere<Row extends { readonly count: number }>(
  rows: readonly Row[],
  condition: (row: Row) => boolean,
): number {
  return rows.reduce((sum, row) => (condition(row) ? sum + row.count : sum), 0);
}

function isTransportFailure({ section, mark }: FieldMark): boolean {
  return section === "transport" && mark !== "noise";
}
