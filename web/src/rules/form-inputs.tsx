import type { ReactElement } from "react";

interface InputProps {
  readonly label: string;
  readonly value: string;
  readonly className?: string;
  readonly onText: (text: string) => void;
}

interface TextInputProps extends InputProps {
  readonly required?: boolean;
  readonly type?: string;
  readonly placeholder?: string;
}

export function TextInput({ label, value, className, onText, ...rest }: TextInputProps): ReactElement {
  return (
    <label className={className}>
      {label}
      <input value={value} onChange={(event) => onText(event.target.value)} {...rest} />
    </label>
  );
}

/** Several lines; as high as its text. */
export function LinesInput({ label, value, className, onText, placeholder = "" }: TextInputProps): ReactElement {
  return (
    <label className={className}>
      {label}
      <textarea
        rows={Math.max(1, value.split("\n").length)}
        value={value}
        placeholder={placeholder}
        spellCheck={false}
        required
        onChange={(event) => onText(event.target.value)}
      />
    </label>
  );
}

interface SelectProps extends InputProps {
  readonly options: readonly string[];
  readonly names?: Readonly<Record<string, string>>;
}

export function Select({ label, value, options, names, className, onText }: SelectProps): ReactElement {
  return (
    <label className={className}>
      {label}
      <select value={value} onChange={(event) => onText(event.target.value)}>
        {options.map((option) => (
          <option key={option} value={option}>
            {names?.[option] ?? option}
          </option>
        ))}
      </select>
    </label>
  );
}
