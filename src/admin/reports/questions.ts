import { CAUSE_QUESTIONS } from "./cause-questions.ts";
import type { ReportDesk } from "./report-desk.ts";
import { SCREEN_QUESTIONS } from "./screen-questions.ts";

/** Everything that is asked about reports. Questions and answers can be cloned from thread to thread. */
const QUESTIONS = { ...SCREEN_QUESTIONS, ...CAUSE_QUESTIONS };

type Questions = typeof QUESTIONS;
export type QuestionName = keyof Questions;
export type Question<Name extends QuestionName> = Parameters<Questions[Name]>[1];
export type Answer<Name extends QuestionName> = Awaited<ReturnType<Questions[Name]>>;

/** @throws ApiError if it cannot be answered */
export function answerQuestion<Name extends QuestionName>(
  desk: ReportDesk,
  name: Name,
  question: Question<Name>,
): Promise<Answer<Name>> {
  const answer = QUESTIONS[name] as (desk: ReportDesk, question: Question<Name>) => Promise<Answer<Name>>;
  return answer(desk, question);
}
