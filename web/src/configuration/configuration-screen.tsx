import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ConfigurationView } from "../../../src/model/views/configuration.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { useConfiguration } from "../data/queries.ts";
import type { ConfigurationSearch } from "../search-params.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { QueryState } from "../ui/query-state.tsx";
import { formatDateTime } from "../ui/time.ts";
import { useTitle } from "../ui/use-title.ts";
import { OptionFilter } from "./option-filter.tsx";
import { OptionTable } from "./option-table.tsx";
import { RouteTable } from "./route-table.tsx";
import "./configuration.css";

/** `/configuration`: every option in force with its source, and the routes. Applies to the process, not to the selected run. */
export function ConfigurationScreen(): ReactElement {
  const configuration = useConfiguration();
  useTitle("Configuration");
  return (
    <QueryState query={configuration} what="the configuration">
      {(view) => (
        <>
          <section className="panel" aria-labelledby="configuration-title">
            <div className="panel-head">
              <h1 id="configuration-title">Configuration</h1>
              <p className="muted small">
                hash <code>{view.hash}</code> <CopyButton text={view.hash} />
              </p>
            </div>
            <LoadState view={view} />
          </section>
          <Options view={view} />
          <section className="panel" aria-labelledby="routes-title">
            <h2 id="routes-title">Routes and versions</h2>
            <RouteTable view={view} />
          </section>
        </>
      )}
    </QueryState>
  );
}

/** When and from where the configuration was loaded, and why a newer one is not in force. */
function LoadState({ view }: { readonly view: ConfigurationView }): ReactElement {
  const { source, loadedAt, error, needsRestart, rules } = view;
  return (
    <>
      <p className="facts">
        <span>
          loaded <b>{formatDateTime(loadedAt)}</b>
        </span>
        <span>
          from <b>{source === "" ? "flags and environment variables only" : source}</b>
        </span>
        <span>
          <Link to="/rules">{formatPlural(rules, "configured rule")}</Link>
        </span>
      </p>
      {error === null ? null : (
        <div className="configuration-error" role="alert">
          <strong>The last reload failed; this configuration stays in force.</strong>
          <pre>{error}</pre>
        </div>
      )}
      {needsRestart.length === 0 ? null : (
        <p className="hint">Changed since the start, in force after a restart: {needsRestart.join(", ")}.</p>
      )}
    </>
  );
}

function Options({ view }: { readonly view: ConfigurationView }): ReactElement {
  const search = useSearch({ from: "/configuration" });
  const navigate = useNavigate();
  const change = (next: ConfigurationSearch): void => {
    void navigate({
      to: "/configuration",
      search: (last) => ({ ...last, ...next }),
      replace: true,
      resetScroll: false,
    });
  };
  const words = (search.q ?? "").toLowerCase().split(/\s+/);
  const shown = view.options.filter((option) => {
    const text = `${option.name} ${option.help} ${option.value ?? ""} ${option.source} ${option.place}`.toLowerCase();
    return (search.values !== "changed" || !option.isDefault) && words.every((word) => text.includes(word));
  });
  return (
    <section className="panel" aria-labelledby="options-title">
      <div className="panel-head">
        <h2 id="options-title">
          Options <span className="muted small">{formatPlural(shown.length, "option")}</span>
        </h2>
        <OptionFilter search={search} options={view.options} onChange={change} />
      </div>
      {shown.length === 0 ? <p className="hint">No option matches the filter.</p> : <OptionTable options={shown} />}
    </section>
  );
}
