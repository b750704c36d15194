import { useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState, type ReactElement } from "react";
import { useOverview } from "../data/queries.ts";
import { QueryState } from "../ui/query-state.tsx";
import { PresetList } from "./preset-list.tsx";
import { RuleForm } from "./rule-form.tsx";
import { RuleTable } from "./rule-table.tsx";
import { TemplateList } from "./template-list.tsx";
import { useSelection } from "../data/selection.ts";
import { useTitle } from "../ui/use-title.ts";
import "./rules.css";

/** Loaded on demand, because no other screen needs its YAML library. */
const RuleExport = lazy(async () => ({ default: (await import("./rule-export.tsx")).RuleExport }));

/** `/rules`: a form for a new rule, all rules, and their export. */
export function RulesScreen(): ReactElement {
  const search = useSearch({ from: "/rules" });
  const { run, candidate } = useSelection();
  const report = useOverview({ run: run.id, candidate }, { causes: 0, statuses: 0 });
  const [isExportOpen, setIsExportOpen] = useState(false);
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
          <button type="button" aria-expanded={isExportOpen} onClick={() => setIsExportOpen(!isExportOpen)}>
            Export as YAML
          </button>
        </div>
        <QueryState query={report} what="the rules">
          {({ rules }) => <RuleTable rules={rules} />}
        </QueryState>
      </section>
      <section className="panel" aria-labelledby="presets-title">
        <h2 id="presets-title">Presets</h2>
        <p className="hint">One rule for headers that say how a service is built or run, not what it responds.</p>
        <QueryState query={report} what="the presets">
          {(data) => <PresetList report={data} />}
        </QueryState>
      </section>
      <TemplateList />
      {report.data === undefined || !isExportOpen ? null : (
        <section className="panel" aria-labelledby="rules-yaml-title">
          <h2 id="rules-yaml-title">YAML for the configuration file</h2>
          <Suspense>
            <RuleExport rules={report.data.rules.map(({ rule }) => rule)} />
          </Suspense>
        </section>
      )}
    </>
  );
}
