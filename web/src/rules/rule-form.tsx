import { useState, type FormEvent, type ReactElement } from "react";
import { DIFFERENCE_KINDS, SECTIONS } from "../../../src/model/difference.ts";
import type { RuleAction } from "../../../src/model/rule-actions.ts";
import { isOverBroad, useAddRule, usePreview, type RuleDraft } from "../data/rule-changes.ts";
import { ACTION_WORDS, parseAction, VALUE_HINTS } from "./action.ts";
import { useSettled } from "../ui/use-settled.ts";
import type { RulesSearch } from "../search-params.ts";
import { RulePreviewPanel } from "./rule-preview.tsx";
import { useSelection } from "../data/selection.ts";

const PREVIEW_MS = 300;

interface Fields {
  readonly endpoint: string;
  readonly section: string;
  readonly path: string;
  readonly kind: string;
  readonly action: string;
  readonly values: string;
  readonly owner: string;
  readonly reason: string;
  readonly expiry: string;
}

function startOf({ endpoint = "", section = "body", path = "", kind = "", action = "ignore" }: RulesSearch): Fields {
  return { endpoint, section, path, kind, action, values: "", owner: "", reason: "", expiry: "" };
}

/** Null while something is missing that a rule cannot be without. */
function draftOf(fields: Fields): RuleDraft | null {
  const { endpoint, path, owner, reason, expiry } = fields;
  const section = SECTIONS.find((one) => one === fields.section);
  const kind = DIFFERENCE_KINDS.find((one) => one === fields.kind);
  const type = Object.keys(ACTION_WORDS).find((one) => one === fields.action) as RuleAction["type"] | undefined;
  const action = type === undefined ? null : parseAction(type, fields.values);
  if (section === undefined || action === null || endpoint.trim() === "" || path.trim() === "") return null;
  const takesKind = action.type === "ignore" || action.type === "only";
  const expiresAt = expiry === "" ? null : expiry;
  return {
    endpoint,
    section,
    path,
    action,
    owner,
    reason,
    expiresAt,
    ...(takesKind && kind !== undefined && { kind }),
  };
}

/** A new rule, with what it would do while it is typed. */
export function RuleForm({ search }: { readonly search: RulesSearch }): ReactElement {
  const { run, candidate } = useSelection();
  const [fields, setFields] = useState(() => startOf(search));
  const [force, setForce] = useState(false);
  const add = useAddRule();
  const draft = draftOf(fields);
  // Why and by whom changes nothing about what it hides.
  const asked = useSettled(JSON.stringify(draft && { ...draft, owner: "", reason: "" }), PREVIEW_MS);
  const preview = usePreview({ run: run.id, candidate }, JSON.parse(asked) as RuleDraft | null);
  const set = (change: Partial<Fields>): void => setFields((last) => ({ ...last, ...change }));
  const hint = VALUE_HINTS[fields.action as RuleAction["type"]];
  const needsForce = (preview.data?.overBroad ?? null) !== null || isOverBroad(add.error);
  const clear = (): void => {
    setFields(startOf({}));
    setForce(false);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (draft === null) return;
    add.mutate({ ...draft, force }, { onSuccess: clear });
  };
  return (
    <form className="form" onSubmit={submit} aria-label="New rule">
      <Text label="Endpoint" value={fields.endpoint} onText={(endpoint) => set({ endpoint })} required />
      <Choice label="Section" value={fields.section} all={SECTIONS} onText={(section) => set({ section })} />
      <Text label="Path" value={fields.path} onText={(path) => set({ path })} required />
      <Choice label="Kind" value={fields.kind} all={["", ...DIFFERENCE_KINDS]} onText={(kind) => set({ kind })} />
      <Choice
        label="Action"
        value={fields.action}
        all={Object.keys(ACTION_WORDS)}
        names={ACTION_WORDS}
        onText={(action) => set({ action })}
      />
      {hint === undefined ? null : (
        <Text label={`Values (${hint})`} value={fields.values} onText={(values) => set({ values })} required />
      )}
      <Text label="Owner" value={fields.owner} onText={(owner) => set({ owner })} />
      <Text label="Reason" value={fields.reason} onText={(reason) => set({ reason })} required />
      <Text label="Until" type="date" value={fields.expiry} onText={(expiry) => set({ expiry })} />
      {needsForce ? (
        <label>
          <input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} /> Enter it
          although it hides too much
        </label>
      ) : null}
      <button
        type="submit"
        className="primary"
        disabled={draft === null || fields.reason.trim() === "" || add.isPending}
      >
        Add the rule
      </button>
      {add.error === null ? null : (
        <p className="problem" role="alert">
          {add.error.message}
        </p>
      )}
      <div className="form-wide" aria-live="polite">
        {preview.error !== null ? <p className="problem">{preview.error.message}</p> : null}
        {preview.data === undefined || draft === null ? null : <RulePreviewPanel preview={preview.data} />}
      </div>
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onText: (text: string) => void;
}

function Text({ label, value, onText, ...rest }: FieldProps & { required?: boolean; type?: string }): ReactElement {
  return (
    <label>
      {label}
      <input value={value} onChange={(event) => onText(event.target.value)} {...rest} />
    </label>
  );
}

interface ChoiceProps extends FieldProps {
  readonly all: readonly string[];
  readonly names?: Readonly<Record<string, string>>;
}

function Choice({ label, value, all, names, onText }: ChoiceProps): ReactElement {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onText(event.target.value)}>
        {all.map((one) => (
          <option key={one} value={one}>
            {names?.[one] ?? (one === "" ? "any" : one)}
          </option>
        ))}
      </select>
    </label>
  );
}
