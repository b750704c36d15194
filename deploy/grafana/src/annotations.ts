import { AnnotationQueryBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, QueryEditorMode } from "@grafana/grafana-foundation-sdk/prometheus";
import { DATASOURCE } from "./panels.ts";
import { increase, maxBy, series, sumBy } from "./promql.ts";

interface Mark {
  readonly name: string;
  readonly color: string;
  /** A mark is where the value is positive; values in a row are one region. */
  readonly expr: string;
  /** With labels in double braces. */
  readonly text: string;
  /** The value is the time of the mark in milliseconds. */
  readonly isTime?: boolean | undefined;
}

const MS_PER_SECOND = 1000;

const MARKS: readonly Mark[] = [
  {
    name: "Runs",
    color: "blue",
    // The time does not depend on the first scrape. A run ends when the next one begins.
    expr: `${maxBy(["run", "name"], `${series("shadowdiff_run_info", [])} * on (instance) group_left ${series("shadowdiff_run_start_time_seconds", [])}`)} * ${MS_PER_SECOND}`,
    text: "run {{name}} ({{run}}) begins",
    isTime: true,
  },
  {
    name: "Verdict changes",
    color: "orange",
    expr: `${maxBy(["candidate", "verdict"], `changes(${series("shadowdiff_verdict", ["candidate"])}[$__rate_interval])`)} * on (candidate, verdict) ${maxBy(["candidate", "verdict"], series("shadowdiff_verdict", ["candidate"]))} > 0`,
    text: "verdict about {{candidate}}: {{verdict}}",
  },
  {
    name: "Reloads",
    color: "purple",
    expr: `${sumBy(["result"], increase(series("shadowdiff_config_reload_total", [])))} > 0`,
    text: "configuration reloaded: {{result}}",
  },
  {
    name: "Pauses",
    color: "red",
    expr: `${maxBy([], series("shadowdiff_mirroring_paused", []))} > 0`,
    text: "mirroring is paused",
  },
  {
    name: "Restarts of threads",
    color: "yellow",
    expr: `${sumBy(["thread"], increase(series("shadowdiff_thread_restarts_total", [])))} > 0`,
    text: "thread {{thread}} was restarted",
  },
];

/** Marks on every chart, from the metrics alone. */
export function annotations(): readonly AnnotationQueryBuilder[] {
  return MARKS.map(({ name, color, expr, text, isTime = false }) =>
    new AnnotationQueryBuilder()
      .name(name)
      .datasource(DATASOURCE)
      .enable(true)
      .iconColor(color)
      .titleFormat(text)
      .useValueForTime(isTime)
      .target(
        new DataqueryBuilder().datasource(DATASOURCE).editorMode(QueryEditorMode.Code).refId("Anno").expr(expr).range(),
      ),
  );
}
