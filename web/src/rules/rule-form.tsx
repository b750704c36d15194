import { useEffect, useState, type FormEvent, type ReactElement } from "react";
import { DIFFERENCE_KINDS, SECTIONS, type Section } from "../../../src/model/difference.ts";
import {
  isActionFor,
  isReportAction,
  REPORT_ACTION_TYPES,
  RULE_ACTION_TYPES,
  RULE_ACTIONS,
  ruleParameters,
  type RuleParameter,
} from "../../../src/model/rule-actions.ts";
import { kindWords } from "../../../src/presentation/words/difference-words.ts";
import { isOverBroad, useAddRule, usePreview } from "../data/rule-changes.ts";
import type { RuleDraft } from "../data/rule-draft.ts";
import { useSelection } from "../data/selection.ts";
import type { RulesSearch } from "../search-params.ts";
import { ErrorMessage } from "../ui/error-message.tsx";
import { parseRuleAction } from "./rule-action-text.ts";
import { RulePreviewPanel } from "./rule-preview.tsx";

const PREVIEW_DELAY_MS = 300;
/** The words that the other screens use, with the one that a configuration needs. */
const KIND_NAMES = Object.fromEntries(DIFFERENCE_KINDS.map((kind) => [kind, `${kindWords(kind)} (${kind})`]));

/** By section. */
const PATH_EXAMPLES: Readonly<Record<Section, string>> = {
  body: "$.items[*].price",
  header: "x-powered-by",
  trailer: "grpc-message",
  status: "200->404, or $ for any",
  transport: "$",
};

interface FormInputs {
  readonly endpoint: string;
  readonly section: string;
  readonly path: string;
  readonly kind: string;
  readonly action: string;
  /** By the names of the parameters. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly owner: string;
  readonly reason: string;
  readonly expiry: string;
}

function initialInputs(search: RulesSearch): FormInputs {
  const { endpoint = "", section = "body", path = "", kind = "", action = "ignore" } = search;
  return { endpoint, section, path, kind, action, parameters: {}, owner: "", reason: "", expiry: "" };
}

/** Null while a required input is missing or invalid. */
function ruleDraft(inputs: FormInputs): RuleDraft | null {
  const { endpoint, path, owner, reason, expiry } = inputs;
  const section = SECTIONS.find((each) => each === inputs.section);
  const kind = DIFFERENCE_KINDS.find((each) => each === inputs.kind);
  const type = RULE_ACTION_TYPES.find((each) => each === inputs.action);
  const action = type === undefined ? null : parseRuleAction(type, inputs.parameters);
  if (section === undefined || action === null || endpoint.trim() === "" || path.trim() === "") return null;
  if (!isActionFor(action.type, section)) return null;
  const expiresAt = expiry === "" ? null : expiry;
  return {
    endpoint,
    section,
    path,
    action,
    owner,
    reason,
    expiresAt,
    ...(isReportAction(action) && kind !== undefined && { kind }),
  };
}

/** The text once it has been stable for a number of milliseconds, so that typing causes one request per pause. */
function useDebounced(text: string, waitMs: number): string {
  const [debounced, setDebounced] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(text), waitMs);
    return () => clearTimeout(timer);
  }, [text, waitMs]);
  return debounced;
}

/** A form for a new rule, with a preview of what the rule would hide. */
export function RuleForm({ search }: { readonly search: RulesSearch }): ReactElement {
  const { run, candidate } = useSelection();
  const [inputs, setInputs] = useState(() => initialInputs(search));
  const [force, setForce] = useState(false);
  const add = useAddRule();
  const draft = ruleDraft(inputs);
  // Owner and reason do not change what the rule hides.
  const previewed = useDebounced(JSON.stringify(draft && { ...draft, owner: "", reason: "" }), PREVIEW_DELAY_MS);
  const previewedRule = JSON.parse(previewed) as RuleDraft | null;
  const preview = usePreview({ run: run.id, candidate }, previewedRule === null ? null : [previewedRule]);
  const set = (change: Partial<FormInputs>): void => setInputs((last) => ({ ...last, ...change }));
  const needsForce = (preview.data?.overBroad ?? null) !== null || isOverBroad(add.error);
  const missing = (["endpoint", "path", "reason"] as const).filter((name) => inputs[name].trim() === "");
  const clear = (): void => {
    setInputs(initialInputs({}));
    setForce(false);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (draft === null) return;
    add.mutate({ ...draft, force }, { onSuccess: clear });
  };
  return (
    <form className="form" onSubmit={submit} aria-label="New rule">
      <TextInput
        label="Endpoint"
        value={inputs.endpoint}
        placeholder="GET /items/{id}, or * /** for all"
        onText={(endpoint) => set({ endpoint })}
        required
      />
      <Select label="Section" value={inputs.section} options={SECTIONS} onText={(section) => set({ section })} />
      <TextInput
        label="Path"
        value={inputs.path}
        placeholder={PATH_EXAMPLES[SECTIONS.find((each) => each === inputs.section) ?? "body"]}
        onText={(path) => set({ path })}
        required
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

interface ActionInputsProps {
  readonly inputs: FormInputs;
  readonly onChange: (change: Partial<FormInputs>) => void;
}

/** The action with its parameters; a kind only for the actions that can be limited to one. */
function ActionInputs({ inputs, onChange }: ActionInputsProps): ReactElement {
  const { action, kind, parameters } = inputs;
  const section = SECTIONS.find((each) => each === inputs.section);
  const types = RULE_ACTION_TYPES.filter((each) => section === undefined || isActionFor(each, section));
  const type = RULE_ACTION_TYPES.find((each) => each === action);
  return (
    <>
      <Select
        label="Action"
        value={action}
        options={type === undefined || types.includes(type) ? types : [type, ...types]}
        names={Object.fromEntries(RULE_ACTION_TYPES.map((each) => [each, sentenceCase(RULE_ACTIONS[each].does)]))}
        className="form-double"
        onText={(next) => onChange({ action: next, parameters: {} })}
      />
      {type === undefined || !REPORT_ACTION_TYPES.includes(type) ? null : (
        <Select
          label="Kind"
          value={kind}
          options={["", ...DIFFERENCE_KINDS]}
          names={{ "": "any", ...KIND_NAMES }}
          onText={(next) => onChange({ kind: next })}
        />
      )}
      {type === undefined
        ? null
        : Object.entries(ruleParameters(type)).map(([name, parameter]) => (
            <TextInput
              key={name}
              label={parameterLabel(parameter)}
              className="form-double"
              value={parameters[name] ?? ""}
              placeholder={parameter.example}
              required={RULE_ACTIONS[type].requires === "all"}
              onText={(text) => onChange({ parameters: { ...parameters, [name]: text } })}
            />
          ))}
    </>
  );
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function parameterLabel({ yaml, type, help }: RuleParameter): string {
  const unit = type === "duration" || type === "shift" ? " in ms" : "";
  return `${sentenceCase(yaml)}${unit} (${help})`;
}

interface InputProps {
  readonly label: string;
  readonly value: string;
  readonly className?: string;
  readonly onText: (text: string) => void;
}

interface TextInputProps extends InputProps {
  readonly required?: boolean;
  readonly type?: string;
  readonly placeholder?: string;
}

function TextInput({ label, value, className, onText, ...rest }: TextInputProps): ReactElement {
  return (
    <label className={className}>
      {label}
      <input value={value} onChange={(event) => onText(event.target.value)} {...rest} />
    </label>
  );
}

interface SelectProps extends InputProps {
  readonly options: readonly string[];
  readonly names?: Readonly<Record<string, string>>;
}

function Select({ label, value, options, names, className, onText }: SelectProps): ReactElement {
  return (
    <label className={className}>
      {label}
      <select value={value} onChange={(event) => onText(event.target.value)}>
        {options.map((option) => (
          <option key={option} value={option}>
            {names?.[option] ?? option}
          </option>
        ))}
      </select>
    </label>
  );
}
