import type { ComponentChildren } from "preact";

interface Props {
  /** Id of the control; the field has the class `of-` and this. */
  readonly name: string;
  readonly label: string;
  readonly fault: string | undefined;
  readonly children: (props: ControlProps) => ComponentChildren;
}

/** What ties a control to its label and to what is said of it. */
export interface ControlProps {
  readonly id: string;
  readonly "aria-invalid": boolean;
  readonly "aria-describedby"?: string;
}

/** A labelled control, with what the service says of it. */
export function Field({ name, label, fault, children }: Props) {
  const described = fault === undefined ? {} : { "aria-describedby": `${name}-fault` };
  return (
    <div class={`field of-${name}`}>
      <label for={name}>{label}</label>
      {children({ id: name, "aria-invalid": fault !== undefined, ...described })}
      {fault !== undefined && <p class="fault" id={`${name}-fault`}>{fault}</p>}
    </div>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly of: readonly string[];
  /** What is shown for each value; the values themselves if left out. */
  readonly labels?: readonly string[];
  readonly fault?: string | undefined;
  readonly choose: (value: string) => void;
}

/** One of a few values. */
export function Choice({ name, label, value, of, labels = of, fault, choose }: ChoiceProps) {
  return (
    <Field name={name} label={label} fault={fault}>
      {(props) => (
        <select {...props} value={value} onChange={(event) => choose(event.currentTarget.value)}>
          {of.map((id, at) => <option key={id} value={id}>{labels[at]}</option>)}
        </select>
      )}
    </Field>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly on: boolean;
  readonly turn: (on: boolean) => void;
}

/** Something that is on or off. */
export function Switch({ label, on, turn }: SwitchProps) {
  return (
    <label class="switch">
      <input type="checkbox" checked={on} onChange={(event) => turn(event.currentTarget.checked)} /> {label}
    </label>
  );
}
