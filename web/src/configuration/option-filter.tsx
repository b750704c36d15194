import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { EffectiveOption } from "../../../src/model/views/configuration.ts";
import { formatCount } from "../../../src/presentation/words/number-format.ts";
import type { ConfigurationSearch } from "../search-params.ts";
import { SEGMENT_LINK } from "../ui/segment-link.ts";
import { useFieldText } from "../ui/use-field-text.ts";
import { useKeys } from "../ui/use-keys.ts";

interface Props {
  readonly search: ConfigurationSearch;
  readonly options: readonly EffectiveOption[];
  readonly onChange: (change: ConfigurationSearch) => void;
}

/** Which options are shown; the URL holds it. */
export function OptionFilter({ search, options, onChange }: Props): ReactElement {
  const { field, text, setText } = useFieldText(search.q ?? "");
  useKeys("Every page", { "/": () => field.current?.focus() });
  const changed = options.filter(({ isDefault }) => !isDefault).length;
  return (
    <search className="option-filter">
      <input
        ref={field}
        type="search"
        aria-label="Search options"
        placeholder="Search options (/)"
        value={text}
        onChange={({ target: { value } }) => {
          setText(value);
          onChange({ q: value === "" ? undefined : value });
        }}
      />
      <span className="segmented">
        <Link {...SEGMENT_LINK} to="/configuration" search={(last) => ({ ...last, values: undefined })}>
          All {formatCount(options.length)}
        </Link>
        <Link {...SEGMENT_LINK} to="/configuration" search={(last) => ({ ...last, values: "changed" })}>
          Not the default {formatCount(changed)}
        </Link>
      </span>
    </search>
  );
}
