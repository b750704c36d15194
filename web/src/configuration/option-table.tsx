import type { ReactElement } from "react";
import type { EffectiveOption, OptionSource } from "../../../src/model/views/configuration.ts";
import { Scroll } from "../ui/scroll.tsx";

const SOURCES: Readonly<Record<OptionSource, string>> = {
  flag: "flag",
  variable: "environment variable",
  file: "file",
  default: "default",
};

/** Options with value, default and source. */
export function OptionTable({ options }: { readonly options: readonly EffectiveOption[] }): ReactElement {
  return (
    <Scroll>
      <table className="options">
        <caption className="visually-hidden">Options with value, default and source</caption>
        <thead>
          <tr>
            <th scope="col">Option</th>
            <th scope="col">Value</th>
            <th scope="col">Default</th>
            <th scope="col">Source</th>
          </tr>
        </thead>
        <tbody>
          {options.map((option) => (
            <OptionRow key={option.name} {...option} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function OptionRow(option: EffectiveOption): ReactElement {
  const { name, help, kind, value, default: byDefault, isDefault, source, place, afterRestart } = option;
  return (
    <tr data-option={name} className={isDefault ? undefined : "option-changed"}>
      <th scope="row">
        <code>{name}</code>
        <span className="option-help">{help}</span>
      </th>
      <td className="value">
        {value === null ? (
          <span className="muted">not set</span>
        ) : (
          <code className={isDefault ? "muted" : "strong"}>{value}</code>
        )}
        {value === null || !UNITS.has(kind) ? null : <span className="muted small"> {kind}</span>}
        {afterRestart === undefined ? null : (
          <span className="option-help">
            after a restart: <code>{afterRestart ?? "not set"}</code>
          </span>
        )}
      </td>
      <td className="value">
        {byDefault === null ? <span className="muted">–</span> : <code className="muted">{byDefault}</code>}
      </td>
      <td className="value">
        {source === "default" ? (
          <span className="muted">default</span>
        ) : (
          <>
            {SOURCES[source]} <code>{place}</code>
          </>
        )}
      </td>
    </tr>
  );
}

/** Numbers whose text does not say what they count. */
const UNITS: ReadonlySet<string> = new Set(["ms", "percent"]);
