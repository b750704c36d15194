const RUNBOOK_LINK = /^(\s+runbook_url: ).*docs\/runbook\.md#/gm;

/**
 * Lets the alerts link to where the repository is published.
 * @param alerts text of the file with the rules
 * @param url of the root of the repository
 */
export function withRunbookAt(alerts: string, url: string): string {
  const base = url.replace(/\/*$/, "");
  return alerts.replaceAll(RUNBOOK_LINK, (_, key: string) => `${key}${base}/docs/runbook.md#`);
}
