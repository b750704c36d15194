import type { ReactElement } from "react";
import type { SampleDetail } from "../../../../src/model/sample.ts";
import { formatDuration } from "../../../../src/presentation/words/number-format.ts";
import { legsOf, type NamedLeg } from "../legs.ts";
import { timingPhases } from "./timing-phases.ts";
import { Scroll } from "../../ui/scroll.tsx";

const PHASE_WORDS = { connect: "connecting", wait: "waiting for the first byte", receive: "receiving" } as const;

/** When each role's response arrived, from the dispatch of its request, on one scale. */
export function TimingPanel({ sample }: { readonly sample: SampleDetail }): ReactElement {
  const legs = legsOf(sample);
  const longest = Math.max(...legs.map(({ leg }) => leg.timing.totalMs), Number.MIN_VALUE);
  return (
    <section className="panel" aria-labelledby="timing-title">
      <h2 id="timing-title">Timing</h2>
      <div className="waterfall" aria-hidden="true">
        {legs.map(({ role, leg }) => (
          <div key={role} className="waterfall-row">
            <span>{role}</span>
            <span className="waterfall-track">
              {timingPhases(leg.timing).map(({ name, fromMs, toMs }) => (
                <span
                  key={name}
                  className={`waterfall-${name}`}
                  title={`${PHASE_WORDS[name]}: ${formatDuration(toMs - fromMs)}`}
                  style={{ left: `${(fromMs / longest) * 100}%`, width: `${((toMs - fromMs) / longest) * 100}%` }}
                />
              ))}
            </span>
            <span className="number">{formatDuration(leg.timing.totalMs)}</span>
          </div>
        ))}
      </div>
      <p className="hint waterfall-legend" aria-hidden="true">
        {Object.entries(PHASE_WORDS).map(([name, words]) => (
          <span key={name}>
            <span className={`legend-dot waterfall-${name}`} /> {words}
          </span>
        ))}
      </p>
      <details>
        <summary>Timing table</summary>
        <TimingTable legs={legs} />
      </details>
    </section>
  );
}

function TimingTable({ legs }: { readonly legs: readonly NamedLeg[] }): ReactElement {
  return (
    <Scroll>
      <table>
        <caption className="visually-hidden">Milliseconds from the dispatch of each request</caption>
        <thead>
          <tr>
            <th scope="col">Role</th>
            <th scope="col" className="number">
              Connected
            </th>
            <th scope="col" className="number">
              First byte
            </th>
            <th scope="col" className="number">
              Last byte
            </th>
          </tr>
        </thead>
        <tbody>
          {legs.map(({ role, leg }) => (
            <tr key={role} data-role={role}>
              <th scope="row">{role}</th>
              <td className="number muted">{formatDuration(leg.timing.connectMs)}</td>
              <td className="number">{formatDuration(leg.timing.firstByteMs)}</td>
              <td className="number">{formatDuration(leg.timing.totalMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="hint">A connection that was open already has no time in Connected.</p>
    </Scroll>
  );
}
