import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type ChangeEvent,
  type FormEvent,
  type ReactElement,
  type ReactNode,
} from "react";
import type { Secrets, SendPreview } from "../data/isolations.ts";
import { SafeText } from "../ui/text/safe-text.tsx";
import "./send-dialog.css";

/** The only value that may have several lines. */
const BODY = "body";

interface Props {
  readonly title: string;
  /** Label of the button that sends. */
  readonly action: string;
  /** Undefined while it is loading. */
  readonly preview: SendPreview | undefined;
  readonly error: Error | null;
  /** What is sent, in words. */
  readonly children: ReactNode;
  readonly onConfirm: (secrets: Secrets) => void;
  readonly onClose: () => void;
}

/**
 * Says what will be sent and to whom, asks for the values that were not stored, and sends nothing before it is confirmed. Escape
 * cancels. Typed-in values are gone when it closes.
 */
export function SendDialog({ title, action, preview, error, children, onConfirm, onClose }: Props): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  const [secrets, setSecrets] = useState<Secrets>({});
  // Closing it before it leaves the document returns the focus to where it was.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  const isLoaded = preview !== undefined;
  useEffect(() => {
    if (isLoaded) dialog.current?.querySelector<HTMLElement>("input, textarea, button:enabled")?.focus();
  }, [isLoaded]);
  const refusal = preview?.refusal ?? null;
  const canSend = isLoaded && refusal === null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!canSend) return;
    onConfirm(Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== "")));
  };
  return (
    <dialog
      ref={dialog}
      className="confirm send-dialog"
      aria-labelledby="send-title"
      onClose={({ currentTarget }) => {
        if (!currentTarget.open) onClose();
      }}
    >
      <h2 id="send-title">{title}</h2>
      <form onSubmit={submit} autoComplete="off">
        {preview === undefined && error === null ? <output className="loading">Loading…</output> : null}
        {refusal === null ? null : (
          <p className="error-text" role="alert">
            <SafeText text={`${refusal.message} ${refusal.remedy}`.trimEnd()} />
          </p>
        )}
        {error === null ? null : (
          <p className="error-text" role="alert">
            <SafeText text={error.message} />
          </p>
        )}
        {canSend ? (
          <>
            {children}
            <TargetList targets={preview.targets} />
            <SecretFields
              masked={preview.masked}
              secrets={secrets}
              onChange={(place, value) => setSecrets({ ...secrets, [place]: value })}
            />
          </>
        ) : null}
        <p className="buttons">
          <button type="submit" className="primary" disabled={!canSend}>
            {action}
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </p>
      </form>
    </dialog>
  );
}

function TargetList({ targets }: Pick<SendPreview, "targets">): ReactElement {
  return (
    <ul className="send-targets">
      {targets.map(({ role, subset, url }) => (
        <li key={role}>
          <span className={`role-dot role-${role}`} aria-hidden="true" />
          {role} <b>{subset}</b>{" "}
          <span className="muted">
            <SafeText text={url} />
          </span>
        </li>
      ))}
    </ul>
  );
}

interface SecretProps {
  readonly masked: readonly string[];
  readonly secrets: Secrets;
  readonly onChange: (place: string, value: string) => void;
}

/** One field per value that was replaced by a fingerprint before storage. */
function SecretFields({ masked, secrets, onChange }: SecretProps): ReactElement | null {
  if (masked.length === 0) return null;
  const field = (place: string) => ({
    autoComplete: "off",
    spellCheck: false,
    "data-secret": place,
    value: Object.hasOwn(secrets, place) ? secrets[place] : "",
    onChange: ({ target }: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => onChange(place, target.value),
  });
  return (
    <fieldset className="secret-fields">
      <legend>Values that were not stored</legend>
      <p className="hint">
        They are used for these requests and kept nowhere. A header, cookie or parameter without a value is left out.
      </p>
      {masked.map((place) => (
        <label key={place}>
          <SafeText text={place} />
          {place === BODY ? <textarea {...field(place)} rows={4} /> : <input {...field(place)} type="password" />}
        </label>
      ))}
    </fieldset>
  );
}
