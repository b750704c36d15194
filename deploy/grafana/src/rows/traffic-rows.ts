import { chart, ROLE_COLORS } from "../panels.ts";
import { rate, series, sumBy, UPSTREAM } from "../promql.ts";
import type { Row } from "../row.ts";

const LEG = ["role", "subset", "route"] as const;
const BREAKER_LEGEND = "{{candidate}} ({{route}})";

function legs(...codes: readonly string[]): string {
  return sumBy(LEG, rate(series(`${UPSTREAM}_count`, ["route", "subset", "role"], ...codes)));
}

function comparisons(labels: readonly string[], ...results: readonly string[]): string {
  return sumBy(labels, rate(series("shadowdiff_comparisons_total", ["route", "candidate"], ...results)));
}

function breaker(name: string): string {
  return series(`shadowdiff_breaker_${name}`, ["route", "candidate"]);
}

const third = { width: 8, height: 8, min: 0 } as const;
const half = { width: 12, height: 8, min: 0 } as const;

export const TRAFFIC_ROW: Row = {
  title: "Traffic and errors",
  panels: [
    chart({
      ...third,
      title: "Requests to upstreams",
      description: "Completed upstream requests per second.",
      unit: "reqps",
      overrides: ROLE_COLORS,
      queries: [{ expr: legs(), legend: "{{role}} {{subset}} · {{route}}" }],
    }),
    chart({
      ...third,
      title: "Error ratio",
      description: "Share of upstream requests that ended with a 5xx status code or without response headers (code 0).",
      unit: "percentunit",
      overrides: ROLE_COLORS,
      queries: [
        { expr: `(${legs('code=~"5..|0"')} or 0 * ${legs()}) / ${legs()}`, legend: "{{role}} {{subset}} · {{route}}" },
      ],
    }),
    chart({
      ...third,
      title: "Responses to clients",
      description: "Responses per second by status code. rejected: no upstream request was sent.",
      unit: "reqps",
      queries: [
        { expr: sumBy(["code"], rate(series("shadowdiff_requests_total", ["route"]))), legend: "{{code}}" },
        { expr: `${sumBy([], rate(series("shadowdiff_refused_total", [])))} or vector(0)`, legend: "rejected" },
      ],
    }),
  ],
};

export const MIRROR_ROW: Row = {
  title: "Comparison and mirroring",
  panels: [
    chart({
      ...third,
      title: "Mismatch ratio",
      description: "Share of comparisons that differ, before noise and rules.",
      unit: "percentunit",
      queries: [
        {
          expr: `${comparisons(["route", "candidate"], 'result="differ"')} / ${comparisons(["route", "candidate"], 'result=~"match|differ"')}`,
          legend: "{{candidate}} · {{route}}",
        },
      ],
    }),
    chart({
      ...third,
      title: "Comparisons by result",
      description: "Comparisons per second. skip: mirrored, but could not be judged.",
      unit: "cps",
      queries: [{ expr: comparisons(["result"]), legend: "{{result}}" }],
    }),
    chart({
      ...third,
      title: "Mirrored requests dropped by reason",
      description: "Dropped requests per second: in-flight limit, byte limit, open circuit breaker or full queue.",
      unit: "reqps",
      queries: [
        {
          expr: sumBy(["candidate", "reason"], rate(series("shadowdiff_mirror_dropped_total", []))),
          legend: "{{candidate}}: {{reason}}",
        },
      ],
    }),
    chart({
      ...half,
      title: "Circuit breakers",
      description:
        "Proxy threads whose circuit breaker for the candidate is open (requests are dropped) or half-open (the next request is a probe).",
      unit: "short",
      queries: [
        { expr: sumBy(["route", "candidate"], breaker("open")), legend: `${BREAKER_LEGEND}: open` },
        { expr: sumBy(["route", "candidate"], breaker("half_open")), legend: `${BREAKER_LEGEND}: half-open` },
      ],
    }),
    chart({
      ...half,
      title: "Circuit breaker failures",
      description: "Failed requests to the candidate and times its circuit breaker opened, per second.",
      unit: "short",
      queries: [
        { expr: sumBy(["route", "candidate"], rate(breaker("failures_total"))), legend: `${BREAKER_LEGEND}: failures` },
        { expr: sumBy(["route", "candidate"], rate(breaker("opens_total"))), legend: `${BREAKER_LEGEND}: opened` },
      ],
    }),
  ],
};
