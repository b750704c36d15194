import { useState, type FormEvent, type ReactElement } from "react";
import { SECTIONS, type Section } from "../../../src/model/difference.ts";
import type { RulesSearch } from "../search-params.ts";
import { ErrorMessage } from "../ui/error-message.tsx";
import { ActionInputs } from "./action-inputs.tsx";
import { LinesInput, Select, TextInput } from "./form-inputs.tsx";
import { missingInputs } from "./rule-inputs.ts";
import { RulePreviewPanel } from "./rule-preview.tsx";
import { useRuleForm } from "./use-rule-form.ts";

/** By section. */
const PATH_EXAMPLES: Readonly<Record<Section, string>> = {
  body: "$.items[*].price",
  header: "x-powered-by",
  trailer: "grpc-message",
  status: "200->404, or $ for any",
  transport: "$",
};

/** A form for a new rule, with a preview of what the rule would hide. */
export function RuleForm({ search }: { readonly search: RulesSearch }): ReactElement {
  const { inputs, set, draft, preview, needsForce, add, submit } = useRuleForm(search);
  const [force, setForce] = useState(false);
  const missing = missingInputs(inputs);
  const section = SECTIONS.find((each) => each === inputs.section) ?? "body";
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    submit(force);
    setForce(false);
  };
  return (
    <form className="form" onSubmit={onSubmit} aria-label="New rule">
      <TextInput
        label="Endpoint"
        value={inputs.endpoint}
        placeholder="GET /items/{id}, or * /** for all"
        onText={(endpoint) => set({ endpoint })}
        required
      />
      <Select label="Section" value={inputs.section} options={SECTIONS} onText={(next) => set({ section: next })} />
      <LinesInput
        label="Paths (one per line)"
        className="rule-paths"
        value={inputs.paths}
        placeholder={PATH_EXAMPLES[section]}
        onText={(paths) => set({ paths })}
      />
      <ActionInputs inputs={inputs} onChange={set} />
      <TextInput label="Owner (optional)" value={inputs.owner} onText={(owner) => set({ owner })} />
      <TextInput label="Reason" value={inputs.reason} onText={(reason) => set({ reason })} required />
      <TextInput label="Expires (optional)" type="date" value={inputs.expiry} onText={(expiry) => set({ expiry })} />
      {needsForce ? (
        <label>
          <input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} /> Add the rule
          even though it hides too much
        </label>
      ) : null}
      <button
        type="submit"
        className="primary"
        disabled={draft === null || inputs.reason.trim() === "" || add.isPending}
      >
        Add rule
      </button>
      {missing.length === 0 ? null : <p className="hint form-wide">Still needed: {missing.join(", ")}.</p>}
      <div className="form-wide" aria-live="polite">
        <ErrorMessage error={add.error} />
        {preview.error === null ? null : <p className="error-text">{preview.error.message}</p>}
        {preview.data === undefined || draft === null ? null : <RulePreviewPanel preview={preview.data} />}
      </div>
    </form>
  );
}
