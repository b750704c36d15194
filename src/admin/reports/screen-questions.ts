import type { Report } from "../../model/report.ts";
import { BaselineError } from "../../report/baseline/report-against.ts";
import { compareRuns, runBefore } from "../../report/compare-runs.ts";
import { latencyView } from "../../report/latency-view.ts";
import type { CandidateSource } from "../../report/read-counts.ts";
import { buildGateVerdict } from "../../report/views/build-gate-verdict.ts";
import { buildOverview, type OverviewLimits } from "../../report/views/build-overview.ts";
import { timelineOfReport, type TimelineQuery } from "../../report/views/build-timeline.ts";
import { timesOfReport } from "../../report/views/cause-times.ts";
import { findEndpoint, pageEndpoints, viewEndpoint } from "../../report/views/page-endpoints.ts";
import { shortenReport } from "../../report/views/shorten-report.ts";
import type { EndpointPage, EndpointQuery, EndpointView } from "../../model/views/endpoint-page.ts";
import type { BriefReport } from "../../model/views/brief-report.ts";
import type { GateQuestion, GateVerdict } from "../../model/views/gate-verdict.ts";
import type { LatencyView } from "../../model/latency.ts";
import type { Overview } from "../../model/views/overview.ts";
import type { RunComparison } from "../../model/views/run-comparison.ts";
import type { RunSummary } from "../../model/views/run-summary.ts";
import type { Timeline } from "../../model/views/timeline.ts";
import { ApiError } from "../api-error.ts";
import { selectBaseline, selectRun, type RunSelection } from "../run-selection.ts";
import type { ReportDesk } from "./report-desk.ts";

/** The complete report of everything that is stored; with a baseline, without what that run had already. */
function completeReport(
  desk: ReportDesk,
  { baseline, ...selection }: RunSelection & { readonly baseline?: string | undefined },
): Promise<Report> {
  return desk.read(selection, async ({ reader, run, candidate }) => {
    if (baseline === undefined) return desk.reports.complete(reader, run, candidate);
    const before = await selectBaseline(reader, run, baseline);
    try {
      return await desk.reports.against(reader, { run, candidate, baseline: before });
    } catch (error) {
      if (!(error instanceof BaselineError)) throw error;
      throw new ApiError("unusable-baseline", error.message, "GET /api/v1/runs lists the runs.", { cause: error });
    }
  });
}

function overview(desk: ReportDesk, query: RunSelection & OverviewLimits): Promise<Overview> {
  return desk.read(query, async (source) => {
    const report = await recentReport(desk, source);
    return buildOverview(report, query, await timesOfReport(report, source));
  });
}

function timeline(desk: ReportDesk, query: RunSelection & TimelineQuery): Promise<Timeline> {
  return desk.read(query, async (source) => timelineOfReport(await recentReport(desk, source), source, query));
}

function endpoints(desk: ReportDesk, query: RunSelection & EndpointQuery): Promise<EndpointPage> {
  return desk.read(query, async (source) => pageEndpoints(await recentReport(desk, source), query));
}

function endpoint(
  desk: ReportDesk,
  query: RunSelection & { readonly name: string; readonly route?: string | undefined },
): Promise<EndpointView> {
  return desk.read(query, async (source) => {
    const report = await recentReport(desk, source);
    const found = findEndpoint(report, query.name, query.route);
    if (found !== undefined) return viewEndpoint(found, await timesOfReport(report, source));
    throw unknownEndpoint(query.name);
  });
}

function latency(
  desk: ReportDesk,
  query: RunSelection & { readonly endpoint?: string | undefined },
): Promise<LatencyView> {
  return desk.read(query, ({ reader, run, candidate }) => {
    const key = [run.id, candidate, ...(query.endpoint === undefined ? [] : [query.endpoint])];
    return desk.latencies.get(key, () => latencyView(reader, run, candidate, query.endpoint));
  });
}

function gate(desk: ReportDesk, query: RunSelection & GateQuestion): Promise<GateVerdict> {
  return desk.read(query, async (source) => {
    const problem = source.run.endedAt === null ? desk.facts.storeError : null;
    const verdict = buildGateVerdict(await recentReport(desk, source), query, problem);
    if (verdict !== undefined) return verdict;
    throw unknownEndpoint(query.endpoint);
  });
}

function runSummary(desk: ReportDesk, selection: RunSelection): Promise<RunSummary> {
  return desk.read(selection, ({ reader, run, candidate }) => desk.summaries.get(reader, run, candidate));
}

function runComparison(
  desk: ReportDesk,
  query: Omit<RunSelection, "run"> & { readonly after?: string | undefined; readonly before?: string | undefined },
): Promise<RunComparison> {
  return desk.read({ ...query, run: query.after }, async ({ reader, run: after, candidate }) => {
    const earlier = query.before ?? (await runBefore(reader, after, candidate))?.id;
    if (earlier === undefined) {
      const message = `There is no run before ${after.id} with the candidate ${candidate}.`;
      throw new ApiError("unknown-run", message, "Choose one with ?before=<id>. GET /api/v1/runs lists the runs.");
    }
    const { run: before } = await selectRun(reader, desk.facts.current, { run: earlier, candidate });
    return compareRuns(reader, [before, after], candidate, desk.reports.context());
  });
}

/** The reports of all candidates of the current run. */
function briefReports(desk: ReportDesk, _question: null): Promise<readonly BriefReport[]> {
  return desk.query(async (reader) => {
    const { current } = desk.facts;
    const built: BriefReport[] = [];
    for (const candidate of current.candidates) {
      built.push(shortenReport(await desk.reports.get(reader, current, candidate)));
    }
    return built;
  });
}

/** The report for a screen, which may be some seconds old. */
export function recentReport({ reports }: ReportDesk, { reader, run, candidate }: CandidateSource): Promise<Report> {
  return reports.recent(reader, run, candidate);
}

function unknownEndpoint(name: string | undefined): ApiError {
  const message = `The run has no comparisons on the endpoint ${name}.`;
  return new ApiError("unknown-endpoint", message, "GET /api/v1/endpoints lists the endpoints.");
}

/** What the screens of the dashboard, pipelines, rollouts and metrics ask. */
export const SCREEN_QUESTIONS = {
  completeReport,
  overview,
  timeline,
  endpoints,
  endpoint,
  latency,
  gate,
  runSummary,
  runComparison,
  briefReports,
};
