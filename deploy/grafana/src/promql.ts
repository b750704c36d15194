/** Names of the dashboard's variables that filter series. Each of them is also a label. */
type FilterLabel = "route" | "candidate" | "subset" | "role" | "instance";

/** A reference to a variable of Grafana, such as `${datasource}`. @param format how Grafana writes the value, such as `raw` */
export function variable(name: string, format?: "raw" | "percentencode"): string {
  return format === undefined ? `\${${name}}` : `\${${name}:${format}}`;
}

/** `metric{…}` with the variables as filters. @param fixed further matchers, such as `verdict="pass"` */
export function series(metric: string, labels: readonly FilterLabel[], ...fixed: readonly string[]): string {
  const matchers = [...labels.map((label) => `${label}=~"$${label}"`), 'instance=~"$instance"', ...fixed];
  return `${metric}{${matchers.join(", ")}}`;
}

/** Events per second in the interval of one point of a chart. */
export function rate(selector: string): string {
  return `rate(${selector}[$__rate_interval])`;
}

/** Events in the interval of one point of a chart. */
export function increase(selector: string): string {
  return `increase(${selector}[$__rate_interval])`;
}

/** The sum over all replicas of what each of them counts. @param labels to keep */
export function sumBy(labels: readonly string[], expression: string): string {
  return labels.length === 0 ? `sum(${expression})` : `sum by (${labels.join(", ")}) (${expression})`;
}

/** What all replicas share, such as the report, or the highest value of any replica. @param labels to keep */
export function maxBy(labels: readonly string[], expression: string): string {
  return labels.length === 0 ? `max(${expression})` : `max by (${labels.join(", ")}) (${expression})`;
}

/** A quantile of the requests in the interval of one point of a chart. @param buckets a selector of `…_bucket` */
export function quantile(share: number, labels: readonly string[], buckets: string): string {
  return `histogram_quantile(${share}, ${sumBy(["le", ...labels], rate(buckets))})`;
}

/** 0 for fail, 1 for inconclusive, 2 for pass. @param labels to keep, besides `instance` */
export function verdictLevel(metric: string, labels: readonly string[]): string {
  const of = (verdict: string): string =>
    maxBy(["instance", ...labels], series(metric, ["candidate"], `verdict="${verdict}"`));
  return `min by (${labels.join(", ")}) (2 * ${of("pass")} + ${of("inconclusive")})`;
}

export const COMPARED = "shadowdiff_compared_request_duration_seconds";
export const UPSTREAM = "shadowdiff_upstream_request_duration_seconds";
