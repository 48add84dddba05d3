import clsx from "clsx";
import { CircleAlert } from "lucide-react";
import {
  useContext,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
} from "react";
import { RefusedFormContext } from "./refused-form";

interface FieldTexts {
  name: string;
  /** Its name, to which the summary of errors links, unless another field of the page has this name, too. */
  id?: string;
  label: string;
  /** What to enter, shown under the label. */
  hint?: ReactNode;
}

interface FieldProps extends FieldTexts {
  required?: boolean;
  children: (attributes: {
    id: string;
    name: string;
    required: boolean;
    defaultValue: string | undefined;
    "aria-invalid": true | undefined;
    "aria-describedby": string | undefined;
  }) => ReactNode;
}

/** What was entered before the form was refused, and the first of what is wrong with it. */
function useRefused(name: string): { entered: unknown; error: string | undefined } {
  const refused = useContext(RefusedFormContext);
  return { entered: refused?.initialValue?.[name], error: refused?.error?.[name]?.[0] };
}

function Field({ name, id = name, label, hint, required = false, children }: FieldProps) {
  const { entered, error } = useRefused(name);
  const describedBy = clsx(hint !== undefined && `${id}-hint`, error && `${id}-error`);
  return (
    <div>
      <label htmlFor={id} className="block font-medium">
        {label}
        {!required && <span className="font-normal text-ink-muted"> (optional)</span>}
      </label>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="mt-0.5 text-xs text-ink-muted">
          {hint}
        </p>
      )}
      <div className="mt-1.5">
        {children({
          id,
          name,
          required,
          defaultValue: typeof entered === "string" ? entered : undefined,
          "aria-invalid": error ? true : undefined,
          "aria-describedby": describedBy === "" ? undefined : describedBy,
        })}
      </div>
      {error && <FieldError id={`${id}-error`} error={error} />}
    </div>
  );
}

const control =
  "w-full rounded-md border border-line-strong bg-surface px-3 text-sm aria-[invalid]:border-danger-text";

/** The look of a native select, in forms and filters. */
export const selectClass =
  "h-9 rounded-md border border-line-strong bg-surface px-2.5 text-sm text-ink";

export type TextFieldProps = FieldTexts & InputHTMLAttributes<HTMLInputElement>;

export function TextField({ name, label, hint, id, required, ...rest }: TextFieldProps) {
  return (
    <Field {...{ name, label, hint, id, required }}>
      {(attributes) => <input className={`${control} h-9`} {...rest} {...attributes} />}
    </Field>
  );
}

export type SelectFieldProps = FieldTexts &
  SelectHTMLAttributes<HTMLSelectElement> & { options: Array<{ value: string; label: string }> };

export function SelectField({ name, label, hint, id, required, options }: SelectFieldProps) {
  return (
    <Field {...{ name, label, hint, id, required }}>
      {(attributes) => (
        <select className={`${selectClass} w-full`} {...attributes}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export interface CheckboxesProps {
  /** The name of every box; also the id of the group. */
  name: string;
  label: string;
  options: Array<{ value: string; label: ReactNode }>;
}

/** Check boxes for one question; at least one has to be ticked. */
export function Checkboxes({ name, label, options }: CheckboxesProps) {
  const { entered, error } = useRefused(name);
  // One ticked box is sent as a text, and several are an array.
  const checked = [entered].flat();
  const errorId = `${name}-error`;
  return (
    <fieldset id={name} tabIndex={-1} aria-describedby={error ? errorId : undefined}>
      <legend className="font-medium">{label}</legend>
      <div className="mt-1.5 grid gap-1.5 sm:grid-cols-2">
        {options.map((option) => (
          <label key={option.value} className="flex min-h-target items-start gap-2">
            <input
              type="checkbox"
              name={name}
              value={option.value}
              defaultChecked={checked.includes(option.value)}
              aria-invalid={error ? true : undefined}
              className="mt-0.5 size-4 shrink-0 accent-accent"
            />
            <span className="min-w-0">{option.label}</span>
          </label>
        ))}
      </div>
      {error && <FieldError id={errorId} error={error} />}
    </fieldset>
  );
}

function FieldError({ id, error }: { id: string; error: string }) {
  return (
    <p id={id} className="mt-1.5 flex items-start gap-1.5 text-xs text-danger-text">
      <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
      {error}
    </p>
  );
}

/** Asks why views are dropped. Its name is not `reason`, which is a filter of the failures in the same form. */
export function ReasonField() {
  return (
    <Field name="why" label="Reason" hint="Kept in the audit log" required>
      {(attributes) => (
        <textarea rows={3} maxLength={500} className={`${control} py-2`} {...attributes} />
      )}
    </Field>
  );
}
