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
import { isNeeded, needsConsent, readiness } from "./readiness.ts";
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
  /** Receives the typed-in values, and the methods that may be sent although they can change data. */
  readonly onConfirm: (secrets: Secrets, methods: readonly string[]) => void;
  readonly onClose: () => void;
}

/**
 * Says what will be sent and to whom, asks for the values that were not stored, and sends nothing before it is confirmed. Escape
 * cancels. Typed-in values are gone when it closes.
 */
export function SendDialog({ title, action, preview, error, children, onConfirm, onClose }: Props): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  const [secrets, setSecrets] = useState<Secrets>({});
  const [hasConsent, setHasConsent] = useState(false);
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
  const state = preview === undefined ? "loading" : readiness(preview, { secrets, hasConsent });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (state !== "ready" || preview === undefined) return;
    const typed = Object.entries(secrets).filter(([, value]) => value !== "");
    onConfirm(Object.fromEntries(typed), needsConsent(preview) ? [preview.method] : []);
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
        {preview === undefined || state === "ready" ? null : (
          <Refusal refusal={preview.refusal} isFinal={state === "refused"} />
        )}
        {error === null ? null : (
          <p className="error-text" role="alert">
            <SafeText text={error.message} />
          </p>
        )}
        {preview !== undefined && state !== "refused" ? (
          <>
            {children}
            <TargetList targets={preview.targets} />
            <SecretFields
              masked={preview.masked}
              secrets={secrets}
              onChange={(place, value) => setSecrets({ ...secrets, [place]: value })}
            />
            {needsConsent(preview) ? (
              <label className="consent">
                <input
                  type="checkbox"
                  checked={hasConsent}
                  onChange={({ target }) => setHasConsent(target.checked)}
                  data-consent
                />{" "}
                <b>{preview.method}</b> can change data. Send it to all of these versions.
              </label>
            ) : null}
          </>
        ) : null}
        <p className="buttons">
          <button type="submit" className="primary" disabled={state !== "ready"}>
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

/** Why it cannot be sent, or, while the reader can lift that here, what stands in the way. */
function Refusal({
  refusal,
  isFinal,
}: Pick<SendPreview, "refusal"> & { readonly isFinal: boolean }): ReactElement | null {
  if (refusal === null) return null;
  return isFinal ? (
    <p className="error-text" role="alert">
      <SafeText text={`${refusal.message} ${refusal.remedy}`.trimEnd()} />
    </p>
  ) : (
    <p className="hint">
      <SafeText text={refusal.message} />
    </p>
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
          {isNeeded(place) ? " (needed)" : ""}
          {place === BODY ? <textarea {...field(place)} rows={4} /> : <input {...field(place)} type="password" />}
        </label>
      ))}
    </fieldset>
  );
}
