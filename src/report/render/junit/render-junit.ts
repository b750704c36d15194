import type { CauseReport, EndpointReport, Report } from "../../../model/report.ts";
import { baselineText } from "../../../presentation/verdict/baseline-text.ts";
import { countEndpoints } from "../../../presentation/verdict/endpoint-counts.ts";
import { explanationText } from "../../../presentation/explain/cause-explanations.ts";
import { countingCauses } from "../../../presentation/verdict/endpoint-findings.ts";
import { gateRows } from "../../../presentation/verdict/gate-rows.ts";
import { headlines } from "../../../presentation/verdict/headlines.ts";
import { causeStateText } from "../../../presentation/statuses/status-rows.ts";
import { formatCount, formatInterval, formatPlural, formatShare } from "../../../presentation/words/number-format.ts";
import { xmlAttributes, xmlText } from "./xml-text.ts";

/** How a test case ended; null if it passed. */
type Outcome = { readonly tag: "failure" | "error" | "skipped"; readonly message: string } | null;

interface TestCase {
  readonly name: string;
  readonly outcome: Outcome;
  /** What a person needs to know about the outcome, in lines. */
  readonly details: readonly string[];
}

/**
 * Renders a report as JUnit XML: one test case for the gate, and one for each endpoint. What fails is a failure. What is
 * inconclusive and keeps the run from passing is an error, because most tools show a skipped case like a success; an endpoint that
 * is inconclusive without consequences is skipped.
 * @returns a document that the schema of Jenkins (`junit-10.xsd`) accepts
 */
export function renderJunit(report: Report): string {
  const { run, candidate } = report;
  const cases = [gateCase(report), ...endpointCases(report.endpoints)];
  const count = (tag: "failure" | "error" | "skipped"): number =>
    cases.filter(({ outcome }) => outcome?.tag === tag).length;
  const counts = { tests: cases.length, failures: count("failure"), errors: count("error") };
  const time = run.endedAt === null ? {} : { time: ((run.endedAt - run.startedAt) / 1000).toFixed(3) };
  const suite = {
    name: `shadowdiff ${candidate}`,
    ...counts,
    skipped: count("skipped"),
    ...time,
    timestamp: new Date(run.startedAt).toISOString().slice(0, 19),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttributes({ name: "shadowdiff", ...time, ...counts })}>`,
    `  <testsuite${xmlAttributes(suite)}>`,
    "    <properties>",
    ...propertiesOf(report).map(([name, value]) => `      <property${xmlAttributes({ name, value })}/>`),
    "    </properties>",
    ...cases.flatMap((each) => caseLines(each, candidate)),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function propertiesOf({
  run,
  candidate,
  verdict,
  accounting,
  parity,
  endpoints,
  baseline,
  contract,
}: Report): [string, string][] {
  return [
    ["run", run.id],
    ["run.name", run.name],
    ["candidate", candidate],
    ["verdict", verdict],
    ["compared", String(accounting.compared)],
    ["differed", String(accounting.differed)],
    ["parity", String(parity.rate)],
    ["endpoints", String(endpoints.length)],
    ...baselineProperties(baseline),
    ...contractProperties(contract),
    ...Object.entries(run.labels).map(([name, value]): [string, string] => [`label.${name}`, value]),
  ];
}

function baselineProperties(baseline: Report["baseline"]): [string, string][] {
  if (baseline === undefined) return [];
  return [
    ["baseline", baseline.id],
    ["baseline.name", baseline.name],
    ["baseline.knownCauses", String(baseline.causes)],
    ["baseline.slowEndpoints", String(baseline.slowEndpoints)],
    ["baseline.knownDiffered", String(baseline.differed)],
    ["baseline.knownErrors", String(baseline.errors)],
  ];
}

function contractProperties(contract: Report["contract"]): [string, string][] {
  if (contract === undefined) return [];
  const { operations, compared, missing, undocumented, responses } = contract;
  return [
    ["contract.operations", String(operations)],
    ["contract.compared", String(compared)],
    ["contract.neverCompared", String(missing.length)],
    ["contract.notInContract", String(undocumented.length)],
    ...Object.entries(responses ?? {}).map(([name, count]): [string, string] => [`contract.${name}`, String(count)]),
  ];
}

function gateCase(report: Report): TestCase {
  const { verdict, reasons, endpoints } = report;
  const rows = gateRows({ ...report, endpointCounts: countEndpoints(endpoints) });
  const baseline = baselineText(report);
  const message = headlines(report)[0] ?? reasons[0] ?? "";
  return {
    name: "gate",
    outcome: verdict === "pass" ? null : { tag: verdict === "fail" ? "failure" : "error", message },
    details: [
      ...reasons,
      ...(baseline === null ? [] : [baseline]),
      ...rows.map(({ name, limit, measured, interval, note, verdict: own }) => {
        const range = interval === null ? "" : ` (${interval})`;
        return `${own}: ${name} ${limit}: ${measured}${range}${note === null ? "" : `, ${note}`}`;
      }),
    ],
  };
}

/** An endpoint of several routes is several cases, whose names say the route. */
function endpointCases(endpoints: readonly EndpointReport[]): readonly TestCase[] {
  const byName = Map.groupBy(endpoints, ({ endpoint }) => endpoint);
  return endpoints.map((each) => {
    const isAlone = byName.get(each.endpoint)?.length === 1;
    return {
      name: isAlone ? each.endpoint : `${each.endpoint} (route ${each.route})`,
      outcome: endpointOutcome(each),
      details: [
        ...each.reasons,
        `${formatCount(each.differed)} of ${formatPlural(each.compared, "response")} differ, ` +
          `parity ${formatShare(each.parity.rate)} (${formatInterval(each.parity, formatShare)})`,
        ...countingCauses(each).flatMap((cause) => causeDetails(cause, each)),
      ],
    };
  });
}

function causeDetails(cause: CauseReport, endpoint: EndpointReport): readonly string[] {
  const explanation = explanationText(cause, [endpoint]);
  return [
    `${cause.title}: ${formatCount(cause.count)} (${causeStateText(cause)})`,
    ...(explanation === null ? [] : [`  why: ${explanation}`]),
  ];
}

function endpointOutcome({ verdict, isBlocking, reasons }: EndpointReport): Outcome {
  if (verdict === "pass") return null;
  const message = reasons[0] ?? verdict;
  if (verdict === "fail") return { tag: "failure", message };
  return { tag: isBlocking ? "error" : "skipped", message };
}

function caseLines({ name, outcome, details }: TestCase, candidate: string): readonly string[] {
  // Jenkins reads a dot as the end of a package.
  const start = `    <testcase${xmlAttributes({ name, classname: `shadowdiff.${candidate.replaceAll(".", "_")}` })}`;
  if (outcome === null) return [`${start}/>`];
  const { tag, message } = outcome;
  const type = { failure: "fail", error: "inconclusive", skipped: "inconclusive" }[tag];
  const text = tag === "skipped" ? "" : details.map(xmlText).join("\n");
  return [`${start}>`, `      <${tag}${xmlAttributes({ type, message })}>${text}</${tag}>`, "    </testcase>"];
}
