import { answerQuestion, type Answer, type Question, type QuestionName } from "../../src/admin/reports/questions.ts";
import { ReportDesk } from "../../src/admin/reports/report-desk.ts";
import type { Reports } from "../../src/admin/reports/reports.ts";
import type { AdminOptions } from "../../src/admin/admin-options.ts";

/** Answers in this thread, as the report thread does. */
export function localReports({
  runs,
  status,
  readStore,
}: Pick<AdminOptions, "runs" | "status" | "readStore">): Reports {
  const facts = () => ({ current: runs.current, storeError: status().store.error });
  let desk: ReportDesk | undefined;
  const currentDesk = (): ReportDesk => {
    desk ??= new ReportDesk(facts(), readStore);
    desk.facts = facts();
    return desk;
  };
  return {
    async ask<Name extends QuestionName>(name: Name, question: Question<Name>): Promise<Answer<Name>> {
      return structuredClone(await answerQuestion(currentDesk(), name, structuredClone(question)));
    },
    async askJson(name, question) {
      return new TextEncoder().encode(JSON.stringify(await answerQuestion(currentDesk(), name, question)));
    },
    changed: (change) => desk?.changed(change),
    restMs: () => desk?.reports.restMs() ?? 0,
    close: async () => desk?.close(),
  };
}
