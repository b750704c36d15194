import type { ReactElement } from "react";
import { DIFFERENCE_KINDS, SECTIONS } from "../../../src/model/difference.ts";
import {
  isActionFor,
  REPORT_ACTION_TYPES,
  RULE_ACTION_TYPES,
  RULE_ACTIONS,
  ruleParameters,
  type RuleParameter,
} from "../../../src/model/rule-actions.ts";
import { kindWords } from "../../../src/presentation/words/difference-words.ts";
import { Select, TextInput } from "./form-inputs.tsx";
import type { RuleInputs } from "./rule-inputs.ts";

/** The words that the other screens use, with the one that a configuration needs. */
const KIND_NAMES = Object.fromEntries(DIFFERENCE_KINDS.map((kind) => [kind, `${kindWords(kind)} (${kind})`]));

interface Props {
  readonly inputs: RuleInputs;
  readonly onChange: (change: Partial<RuleInputs>) => void;
}

/** The action with its parameters; a kind only for the actions that can be limited to one. */
export function ActionInputs({ inputs, onChange }: Props): ReactElement {
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
