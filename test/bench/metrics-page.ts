interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Returns the series of one metric in Prometheus' text format.
 * @param page response of `/metrics`; label values must not contain quotes or braces
 */
export function seriesOf(page: string, name: string): readonly Series[] {
  const line = new RegExp(`^${name}(?:\\{([^}]*)\\})? (\\S+)$`, "gm");
  return [...page.matchAll(line)].map(([, labels = "", value]) => ({
    labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label, text])),
    value: Number(value),
  }));
}

/** Returns the largest value of the threads with this name prefix; undefined without one. */
export function largestOf(
  page: string,
  name: string,
  thread: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const values = seriesOf(page, name)
    .filter((series) => series.labels["thread"]?.startsWith(thread))
    .filter((series) => Object.entries(labels).every(([label, value]) => series.labels[label] === value))
    .map(({ value }) => value);
  return values.length === 0 ? undefined : Math.max(...values);
}
