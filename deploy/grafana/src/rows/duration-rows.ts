import { LATENCY_LINKS } from "../links.ts";
import { chart, heatmap, ROLE_COLORS } from "../panels.ts";
import { COMPARED, quantile, rate, series, sumBy, UPSTREAM } from "../promql.ts";
import type { Row } from "../row.ts";

const QUANTILES = [
  ["p50", 0.5],
  ["p95", 0.95],
  ["p99", 0.99],
] as const;
const OF_COMPARED = ["role", "candidate", "route"] as const;

function compared(suffix: string): string {
  return series(`${COMPARED}${suffix}`, ["route", "candidate", "role"]);
}

function p95(role: string): string {
  const buckets = series(`${COMPARED}_bucket`, ["route", "candidate"], `role="${role}"`);
  return quantile(0.95, ["route", "candidate"], buckets);
}

function mean(): string {
  return `${sumBy(OF_COMPARED, rate(compared("_sum")))} / ${sumBy(OF_COMPARED, rate(compared("_count")))}`;
}

/** The same exchanges for every role, so that the versions can be compared. */
export const COMPARED_DURATION_ROW: Row = {
  title: "Incoming request duration of compared exchanges: primary, candidate, secondary",
  panels: [
    ...QUANTILES.map(([title, share]) =>
      chart({
        title,
        description:
          "Time from dispatch to the end of the response, without connection setup, of compared exchanges: the same exchanges for every role. Buckets are 8% wide.",
        unit: "s",
        min: 0,
        width: 8,
        height: 10,
        overrides: ROLE_COLORS,
        queries: [
          { expr: quantile(share, OF_COMPARED, compared("_bucket")), legend: "{{role}} · {{candidate}} · {{route}}" },
        ],
        links: LATENCY_LINKS,
      }),
    ),
    chart({
      title: "p95, candidate ÷ primary",
      description:
        "Of the same exchanges. Above 1, the slowest responses of the candidate are slower than the primary's.",
      unit: "none",
      min: 0,
      width: 12,
      height: 8,
      queries: [{ expr: `${p95("candidate")} / ${p95("primary")}`, legend: "{{candidate}} · {{route}}" }],
      links: LATENCY_LINKS,
    }),
    chart({
      title: "Mean",
      description: "Mean duration of the requests of compared exchanges.",
      unit: "s",
      min: 0,
      width: 12,
      height: 8,
      overrides: ROLE_COLORS,
      queries: [{ expr: mean(), legend: "{{role}} · {{candidate}} · {{route}}" }],
      links: LATENCY_LINKS,
    }),
    ...(["primary", "candidate"] as const).map((role) =>
      heatmap({
        title: `Durations, ${role}`,
        description: `How many compared requests to the ${role} take how long. Of the same exchanges as on the other side.`,
        unit: "s",
        width: 12,
        height: 10,
        queries: [
          {
            expr: sumBy(["le"], rate(series(`${COMPARED}_bucket`, ["route", "candidate"], `role="${role}"`))),
            legend: "{{le}}",
          },
        ],
      }),
    ),
  ],
};

/** Also the requests that are not mirrored, with the trace ids of single ones. */
export const ALL_DURATION_ROW: Row = {
  title: "Incoming request duration of all requests, by role and version",
  panels: QUANTILES.map(([name, share]) =>
    chart({
      title: `All requests, ${name}`,
      description:
        "Duration of all upstream requests, also of those that are not mirrored: the roles do not have the same requests. The points are single requests, which link to their traces if shadowdiff takes part in tracing.",
      unit: "s",
      min: 0,
      width: 8,
      height: 10,
      overrides: ROLE_COLORS,
      queries: [
        {
          expr: quantile(share, ["role", "subset"], series(`${UPSTREAM}_bucket`, ["route", "subset", "role"])),
          legend: "{{role}} {{subset}}",
          hasExemplars: true,
        },
      ],
    }),
  ),
};
