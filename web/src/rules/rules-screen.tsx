import { useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState, type ReactElement } from "react";
import { useReport } from "../data/queries.ts";
import { QueryState } from "../ui/query-state.tsx";
import { RuleForm } from "./rule-form.tsx";
import { RuleTable } from "./rule-table.tsx";
import { useSelection } from "../data/selection.ts";
import { useTitle } from "../ui/use-title.ts";

/** Brings a YAML library, which no other page needs. */
const RuleExport = lazy(async () => ({ default: (await import("./rule-export.tsx")).RuleExport }));

/** `/rules`: all rules, and a form for a new one. */
export function RulesScreen(): ReactElement {
  const search = useSearch({ from: "/rules" });
  const { run, candidate } = useSelection();
  const report = useReport({ run: run.id, candidate });
  const [exporting, setExporting] = useState(false);
  useTitle("Rules");
  return (
    <>
      <section className="panel" aria-labelledby="rule-form-title">
        <h1 id="rule-form-title">New rule</h1>
        <RuleForm key={JSON.stringify(search)} search={search} />
      </section>
      <section className="panel" aria-labelledby="rules-title">
        <div className="panel-head">
          <h2 id="rules-title">Rules</h2>
          <button type="button" aria-expanded={exporting} onClick={() => setExporting(!exporting)}>
            As YAML
          </button>
        </div>
        <QueryState query={report} what="the rules">
          {({ rules }) => <RuleTable rules={rules} />}
        </QueryState>
      </section>
      {report.data === undefined || !exporting ? null : (
        <section className="panel" aria-labelledby="rules-yaml-title">
          <h2 id="rules-yaml-title">Rules as YAML, for the configuration</h2>
          <Suspense>
            <RuleExport rules={report.data.rules.map(({ rule }) => rule)} />
          </Suspense>
        </section>
      )}
    </>
  );
}
