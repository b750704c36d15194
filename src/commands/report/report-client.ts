import type { Report } from "../../model/report.ts";
import { requestAdmin } from "../terminal/admin-client.ts";
import { CommandError } from "../terminal/report-error.ts";

interface Question {
  readonly token?: string | undefined;
  readonly run?: string | undefined;
  readonly candidate?: string | undefined;
}

/**
 * Asks a running shadowdiff for its report.
 * @param url address of its admin listener
 * @throws {CommandError} when it cannot be asked or has no such report
 */
export async function fetchReport(url: string, { token, run, candidate }: Question): Promise<Report> {
  const { answer, target } = await requestAdmin(url, { path: "api/v1/report", query: { run, candidate }, token });
  if (!isReport(answer))
    throw new CommandError(`${target.href} is not a report: --url must be the admin address of shadowdiff`);
  return answer;
}

function isReport(body: unknown): body is Report {
  return typeof body === "object" && body !== null && "verdict" in body && "accounting" in body && "endpoints" in body;
}
