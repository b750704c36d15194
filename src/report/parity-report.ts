import type { StatusPairCount } from "../model/difference.ts";
import type { EndpointReport, Report } from "../model/report.ts";
import type { Run } from "../model/run.ts";
import type { StoreReader } from "../store/store.ts";
import { accountingOf } from "./judge/accounting-totals.ts";
import { MAX_GROUPED_FIELDS } from "./causes/coincidence.ts";
import { readCounted, type CountedRun, type ReportContext } from "./read-counts.ts";
import { deniedTexts } from "./causes/denied-causes.ts";
import { endpointReport } from "./endpoint-report.ts";
import { byRole } from "./judge/error-rate.ts";
import { byPlace, judgedRun, type JudgedRun } from "./judge/judge-candidate.ts";
import { endpointKey } from "../presentation/endpoint-order.ts";
import { placeboOf } from "./judge/placebo.ts";
import { ruleReports } from "./rules/rule-report.ts";

/**
 * The report of one candidate: everything that was counted, judged against the run's gate under the rules and decisions of
 * now. Costs a few queries whose size depends on endpoints and distinct differences, never on traffic; and where rules came
 * after what was counted, a bounded number of kept exchanges that are compared again.
 * @param run as the store or the running program knows it; nothing may be stored of it yet
 * @param candidate the subset's name
 */
export function buildReport(reader: StoreReader, run: Run, candidate: string, context: ReportContext): Report {
  return reader.snapshot(() => reportOf(reader, run, candidate, context));
}

function reportOf(reader: StoreReader, run: Run, candidate: string, context: ReportContext): Report {
  const counted = readCounted(reader, run, candidate, context);
  const latencies = reader.latencies(run.id, candidate);
  const pairs = reader.latencyPairs(run.id, candidate);
  const { visible, visibleStatuses, review } = counted;
  const hasSecondary = run.secondary !== null;
  const accounting = accountingOf(reader.accounting(run.id, candidate), counted.outcomes);
  const statuses = visibleStatuses.map((each) => ({ ...each, rows: byRole(each.rows).candidate }));
  const judged = judgedRun(
    { accounting, hasSecondary, outcomes: visible, latencies, pairs, statuses },
    run.gate,
    review.weigh,
  );
  const { endpoints: _, bars: _bars, overflow, reasons, ...whole } = judged;
  const all = endpointReports(judged, counted, candidate);
  const endpoints = all.map((each) => ({ ...each, differences: each.differences.slice(0, MAX_GROUPED_FIELDS) }));
  const rules = ruleReports(counted.rules, {
    run,
    now: context.now,
    hits: hitsOf(counted),
    counted: reader.ruleHits(run.id, candidate),
    past: counted.past,
    endpoints,
  });
  return {
    run: { id: run.id, name: run.name, startedAt: run.startedAt, endedAt: run.endedAt, labels: run.labels },
    candidate,
    gate: run.gate,
    accounting,
    ...whole,
    reasons: [...reasons, ...deniedTexts(endpoints, counted)],
    placebo: hasSecondary ? placeboOf({ outcomes: visible, latencies, pairs }, visibleStatuses, run.gate) : null,
    rules,
    overflow: { ...overflow, fields: fieldCount(all) - fieldCount(endpoints) },
    endpoints,
  };
}

function endpointReports(judged: JudgedRun, counted: CountedRun, subset: string): EndpointReport[] {
  const [outcomesOf, statusesOf] = [byPlace(counted.outcomes), byPlace(counted.statuses)];
  return judged.endpoints.map((endpoint) => {
    const name = endpointKey(endpoint.report);
    const source = {
      subset,
      outcomes: outcomesOf.get(name) ?? [],
      statuses: byRole(statusesOf.get(name) ?? NO_STATUSES).candidate,
      hidden: counted.hidden.get(name) ?? null,
      bar: judged.bars.field,
    };
    return endpointReport(endpoint, source, counted.review);
  });
}

const NO_STATUSES: readonly StatusPairCount[] = [];

/** In how many exchanges each rule takes a difference away, by the rule's id. */
function hitsOf({ hidden }: CountedRun): ReadonlyMap<string, number> {
  const hits = new Map<string, number>();
  for (const [rule, count] of hidden.values().flatMap((own) => own.hits)) hits.set(rule, (hits.get(rule) ?? 0) + count);
  return hits;
}

function fieldCount(endpoints: readonly EndpointReport[]): number {
  return endpoints.reduce((sum, { differences }) => sum + differences.length, 0);
}
