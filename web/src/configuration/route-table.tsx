import type { ReactElement } from "react";
import type { ConfigurationView } from "../../../src/model/views/configuration.ts";
import { Scroll } from "../ui/scroll.tsx";

/** The routes in matching order, and the versions that they name. */
export function RouteTable({ view: { routes, subsets } }: { readonly view: ConfigurationView }): ReactElement {
  return (
    <>
      <Scroll>
        <table>
          <caption className="visually-hidden">Routes in matching order</caption>
          <thead>
            <tr>
              <th scope="col">Route</th>
              <th scope="col">Requests</th>
              <th scope="col">Primary</th>
              <th scope="col">Mirrored to</th>
            </tr>
          </thead>
          <tbody>
            {routes.map(({ name, hosts, requests, goesTo, mirroredTo }) => (
              <tr key={name} data-route={name}>
                <th scope="row" className="strong">
                  {name}
                </th>
                <td className="value">
                  <Lines
                    lines={[...hosts.map((host) => `host ${host}`), ...requests.map((all) => all.join(" and "))]}
                    none="all"
                  />
                </td>
                <td className="value">
                  <Lines lines={goesTo} none="–" />
                </td>
                <td className="value">
                  <Lines lines={mirroredTo} none="no candidate" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <h3>Versions</h3>
      <dl className="versions">
        {subsets.map(({ name, urls }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{urls.join(", ")}</code>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Lines({ lines, none }: { readonly lines: readonly string[]; readonly none: string }): ReactElement {
  if (lines.length === 0) return <span className="muted">{none}</span>;
  return (
    <>
      {lines.map((line) => (
        <span key={line} className="route-line">
          {line}
        </span>
      ))}
    </>
  );
}
