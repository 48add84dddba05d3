import clsx from "clsx";
import { CircleAlert } from "lucide-react";
import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from "react";
import { useNewAnswer } from "./use-new-answer";

interface FieldTexts {
  label: string;
  /** What to enter, shown under the label. */
  hint?: ReactNode;
  /** What is wrong; only the first message is shown. Takes conform's `fields.x.errors`. */
  errors?: string[];
}

interface FieldProps extends FieldTexts {
  id?: string;
  required?: boolean;
  children: (attributes: {
    id: string;
    required: boolean;
    "aria-invalid": true | undefined;
    "aria-describedby": string | undefined;
  }) => ReactNode;
}

function Field({ label, hint, errors, id: givenId, required = false, children }: FieldProps) {
  const ownId = useId();
  const id = givenId ?? ownId;
  const error = errors?.[0];
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
          required,
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

export function TextField({ label, hint, errors, id, required, ...rest }: TextFieldProps) {
  return (
    <Field {...{ label, hint, errors, id, required }}>
      {(attributes) => <input className={`${control} h-9`} {...rest} {...attributes} />}
    </Field>
  );
}

export type SelectFieldProps = FieldTexts &
  SelectHTMLAttributes<HTMLSelectElement> & { options: Array<{ value: string; label: string }> };

export function SelectField({
  label,
  hint,
  errors,
  id,
  required,
  options,
  ...rest
}: SelectFieldProps) {
  return (
    <Field {...{ label, hint, errors, id, required }}>
      {(attributes) => (
        <select className={`${selectClass} w-full`} {...rest} {...attributes}>
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
  checked?: string[] | undefined;
  errors?: string[] | undefined;
}

/** Check boxes for one question; at least one has to be ticked. */
export function Checkboxes({ name, label, options, checked = [], errors = [] }: CheckboxesProps) {
  const [error] = errors;
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

/** The action's answer when the reason is missing; the dialog that asked for it shows this. */
export interface ReasonRefusal {
  reasonErrors: string[];
  /** The intent of the form that was sent. */
  intent: string;
}

/** Asks why views are dropped. Shows what was wrong with the last answer, if its form had this intent. */
export function ReasonField({ intent }: { intent: string }) {
  const refused = useNewAnswer<Partial<ReasonRefusal>>();
  return (
    <Field
      label="Reason"
      hint="Kept in the audit log"
      required
      errors={refused?.intent === intent ? refused.reasonErrors : undefined}
    >
      {(attributes) => (
        <textarea
          rows={3}
          name="why"
          maxLength={500}
          className={`${control} py-2`}
          {...attributes}
        />
      )}
    </Field>
  );
}
