import type { FastifyReply } from "fastify";
import type { Answer, Question, QuestionName } from "./questions.ts";
import type { ReportChange } from "./report-desk.ts";

/** Answers questions about reports, wherever those are built. All methods of questions reject with ApiError. */
export interface Reports {
  ask<Name extends QuestionName>(name: Name, question: Question<Name>): Promise<Answer<Name>>;
  /** The answer as JSON in UTF-8. */
  askJson(name: QuestionName, question: Question<QuestionName>): Promise<Uint8Array>;
  /** What was asked before the change is answered without it. */
  changed(change: ReportChange): void;
  /** Milliseconds until every report for screens may be built again. */
  restMs(): number;
  close(): Promise<void>;
}

/**
 * Responds with an answer that is JSON already.
 * @returns by its type the answer, against which the schema of the route is checked; as a value its JSON
 */
export async function sendAnswer<Name extends QuestionName>(
  reports: Reports,
  reply: FastifyReply,
  name: Name,
  question: Question<Name>,
): Promise<Answer<Name>> {
  const json: unknown = Buffer.from((await reports.askJson(name, question)).buffer);
  void reply.type("application/json; charset=utf-8");
  return json as Answer<Name>;
}
