import clsx from "clsx";
import {
  forwardRef,
  useContext,
  useId,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from "react";
import { CircleAlert } from "lucide-react";
import { FormOwner } from "./form-owner";
import { selectClass } from "./select-class";

interface FieldTexts {
  label: string;
  /** What is expected, under the label. */
  hint?: ReactNode;
  /** What is wrong: the first message is shown. Fits `fields.x.errors` of conform. */
  errors?: string[];
}

interface ControlAttributes {
  id: string;
  form: string | undefined;
  required: boolean | undefined;
  "aria-required": true | undefined;
  "aria-invalid": true | undefined;
  "aria-describedby": string | undefined;
}

function Field({
  label,
  hint,
  errors,
  id: givenId,
  form,
  required = false,
  children,
}: FieldTexts & {
  id?: string;
  form?: string;
  required?: boolean;
  children: (attributes: ControlAttributes) => ReactNode;
}) {
  const ownId = useId();
  const id = givenId ?? ownId;
  const owner = useContext(FormOwner);
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
          form: form ?? owner.form,
          required: (required && !owner.isFolded) || undefined,
          "aria-required": required || undefined,
          "aria-invalid": error ? true : undefined,
          "aria-describedby": describedBy === "" ? undefined : describedBy,
        })}
      </div>
      {error && (
        <p id={`${id}-error`} className="mt-1.5 flex items-start gap-1.5 text-xs text-danger-text">
          <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
          {error}
        </p>
      )}
    </div>
  );
}

const control =
  "w-full rounded-md border border-line-strong bg-surface px-3 text-sm aria-[invalid]:border-danger-text";

export type TextFieldProps = FieldTexts & InputHTMLAttributes<HTMLInputElement>;

export const TextField = forwardRef<HTMLInputElement, TextFieldProps>(function TextField(
  { label, hint, errors, id, form, required, className, ...rest },
  ref,
) {
  return (
    <Field {...{ label, hint, errors, id, form, required }}>
      {(attributes) => (
        <input ref={ref} className={clsx(control, "h-9", className)} {...rest} {...attributes} />
      )}
    </Field>
  );
});

export type TextareaFieldProps = FieldTexts & TextareaHTMLAttributes<HTMLTextAreaElement>;

export const TextareaField = forwardRef<HTMLTextAreaElement, TextareaFieldProps>(
  function TextareaField(
    { label, hint, errors, id, form, required, className, rows = 3, ...rest },
    ref,
  ) {
    return (
      <Field {...{ label, hint, errors, id, form, required }}>
        {(attributes) => (
          <textarea
            ref={ref}
            rows={rows}
            className={clsx(control, "py-2", className)}
            {...rest}
            {...attributes}
          />
        )}
      </Field>
    );
  },
);

export type SelectFieldProps = FieldTexts &
  SelectHTMLAttributes<HTMLSelectElement> & { options: Array<{ value: string; label: string }> };

export const SelectField = forwardRef<HTMLSelectElement, SelectFieldProps>(function SelectField(
  { label, hint, errors, id, form, required, className, options, ...rest },
  ref,
) {
  return (
    <Field {...{ label, hint, errors, id, form, required }}>
      {(attributes) => (
        <select
          ref={ref}
          className={clsx(selectClass(), "w-full", className)}
          {...rest}
          {...attributes}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
});
