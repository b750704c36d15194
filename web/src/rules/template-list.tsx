import { useState, type ReactElement } from "react";
import type { KeptApart, RunTemplate, Templates } from "../../../src/model/views/templates.ts";
import { useTemplates } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import { positionOf, useDecideTemplate, useUndecideTemplate } from "../data/template-changes.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { ErrorMessage } from "../ui/error-message.tsx";
import { QueryState } from "../ui/query-state.tsx";
import { formatDateTime } from "../ui/time.ts";
import { templatesYaml } from "./templates-yaml.ts";

/** All path templates that were learned or decided, with what undoes them, and their export. */
export function TemplateList(): ReactElement {
  const { run, candidate } = useSelection();
  const templates = useTemplates({ run: run.id, candidate });
  const [isExportOpen, setIsExportOpen] = useState(false);
  return (
    <section className="panel" aria-labelledby="templates-title">
      <div className="panel-head">
        <h2 id="templates-title">Path templates</h2>
        <button type="button" aria-expanded={isExportOpen} onClick={() => setIsExportOpen(!isExportOpen)}>
          Export templates as YAML
        </button>
      </div>
      <p className="hint">Values of a path segment that count as one endpoint, or that are kept apart.</p>
      <QueryState query={templates} what="the templates">
        {(data) => (
          <>
            <TemplateTable data={data} />
            {isExportOpen ? <TemplateExport templates={data.templates} /> : null}
          </>
        )}
      </QueryState>
    </section>
  );
}

function TemplateTable({ data }: { readonly data: Templates }): ReactElement {
  const decide = useDecideTemplate();
  const undecide = useUndecideTemplate();
  const { templates, keptApart } = data;
  if (templates.length + keptApart.length === 0) return <p className="hint">No template so far.</p>;
  return (
    <>
      <div className="scroll">
        <table>
          <caption className="visually-hidden">Path templates</caption>
          <thead>
            <tr>
              <th scope="col">Template</th>
              <th scope="col">Decided</th>
              <th scope="col">Exceptions</th>
              <th scope="col">Change</th>
            </tr>
          </thead>
          <tbody>
            {templates.map((each) => (
              <TemplateRow
                key={`${each.route} ${each.template}`}
                template={each}
                onKeepApart={() => decide.mutate({ decision: "apart", ...positionOf(each) })}
                onUndo={() => undecide.mutate(each)}
              />
            ))}
            {keptApart.map((each) => (
              <ApartRow
                key={`${each.route} ${each.method} ${each.parent}`}
                apart={each}
                onUndo={() => undecide.mutate(each)}
              />
            ))}
          </tbody>
        </table>
      </div>
      <ErrorMessage error={decide.error ?? undecide.error} />
    </>
  );
}

interface TemplateRowProps {
  readonly template: RunTemplate;
  readonly onKeepApart: () => void;
  readonly onUndo: () => void;
}

function TemplateRow({ template: each, onKeepApart, onUndo }: TemplateRowProps): ReactElement {
  const { template, literals, decided } = each;
  return (
    <tr data-row data-template={template}>
      <th scope="row">
        <code>{template}</code>
      </th>
      <td>{decided === null ? "learned from traffic" : `by ${decided.by}, ${formatDateTime(decided.at)}`}</td>
      <td>{literals.length === 0 ? <span className="muted">none</span> : <code>{literals.join(", ")}</code>}</td>
      <td>
        {decided === null ? (
          <button type="button" onClick={onKeepApart} aria-label={`Keep the values of ${template} apart`}>
            Keep apart
          </button>
        ) : (
          <button type="button" onClick={onUndo} aria-label={`Undo ${template}`}>
            Undo
          </button>
        )}
      </td>
    </tr>
  );
}

function ApartRow({ apart, onUndo }: { readonly apart: KeptApart; readonly onUndo: () => void }): ReactElement {
  const place = `${apart.method} ${apart.parent}/…`;
  return (
    <tr data-row data-kept-apart={place}>
      <th scope="row">
        <code>{place}</code> kept apart
      </th>
      <td>
        by {apart.by}, {formatDateTime(apart.at)}
      </td>
      <td className="muted">none</td>
      <td>
        <button type="button" onClick={onUndo} aria-label={`Undo keeping ${place} apart`}>
          Undo
        </button>
      </td>
    </tr>
  );
}

function TemplateExport({ templates }: { readonly templates: readonly RunTemplate[] }): ReactElement {
  const text = templatesYaml(templates);
  return (
    <>
      <pre className="command" data-templates-yaml>
        {text}
      </pre>
      <p className="buttons export-bar">
        <CopyButton text={text} />
      </p>
    </>
  );
}
