import type { ReactElement } from "react";
import { formatBytes } from "../../../../src/presentation/words/number-format.ts";
import type { SampleDetailBody } from "../../../../src/model/sample.ts";
import { Scroll } from "../../ui/scroll.tsx";

interface Props {
  readonly left: SampleDetailBody;
  readonly right: SampleDetailBody;
  readonly leftName: string;
  readonly rightName: string;
}

/** Type, length and hash of bodies that are not text: their bytes are not stored. */
export function BinaryBodies({ left, right, leftName, rightName }: Props): ReactElement {
  return (
    <Scroll>
      <table>
        <caption className="visually-hidden">Bodies that cannot be displayed</caption>
        <thead>
          <tr>
            <th scope="col">Response</th>
            <th scope="col">Type</th>
            <th scope="col" className="number">
              Length
            </th>
            <th scope="col">SHA-256</th>
          </tr>
        </thead>
        <tbody>
          {[
            { name: leftName, body: left },
            { name: rightName, body: right },
          ].map(({ name, body }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{body.mediaType === "" ? body.form : body.mediaType}</td>
              <td className="number">{formatBytes(body.length)}</td>
              <td className="value">
                {body.form === "binary" ? <code>{body.text}</code> : `${body.form}, not hashed`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
