import { useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useReport } from "../api/queries.ts";
import { QueryState } from "../components/query-state.tsx";
import { RuleForm } from "../components/rule-form.tsx";
import { RuleTable } from "../components/rule-table.tsx";
import { useSelection } from "../components/selection.ts";
import { useTitle } from "../hooks/use-title.ts";

/** `/rules`: all rules, and a form for a new one. */
export function RulesView(): ReactElement {
  const search = useSearch({ from: "/rules" });
  const { run, candidate } = useSelection();
  const report = useReport({ run: run.id, candidate });
  useTitle("Rules");
  return (
    <>
      <section className="panel" aria-labelledby="rule-form-title">
        <h1 id="rule-form-title">New rule</h1>
        <RuleForm key={JSON.stringify(search)} search={search} />
      </section>
      <section className="panel" aria-labelledby="rules-title">
        <h2 id="rules-title">Rules</h2>
        <QueryState query={report} what="the rules">
          {({ rules }) => <RuleTable rules={rules} />}
        </QueryState>
      </section>
    </>
  );
}
