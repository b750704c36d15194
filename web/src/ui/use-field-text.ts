import { useEffect, useRef, useState, type RefObject } from "react";

/**
 * The text of a field that the URL holds. The URL changes after the keystroke, so that a field bound to it would lose characters
 * typed in between. The text follows the URL while the field does not have the focus.
 */
export function useFieldText(inUrl: string): {
  readonly field: RefObject<HTMLInputElement | null>;
  readonly text: string;
  readonly setText: (text: string) => void;
} {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(inUrl);
  useEffect(() => {
    if (document.activeElement !== field.current) setText(inUrl);
  }, [inUrl]);
  return { field, text, setText };
}
