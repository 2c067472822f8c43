import { Switch } from "../../form/field.tsx";

interface Props {
  readonly label: string;
  readonly of: readonly string[];
  readonly chosen: readonly string[];
  readonly fault: string | undefined;
  readonly choose: (chosen: readonly string[]) => void;
}

/** Any of a few values, in their own order. What was chosen and is there no more stays in sight. */
export function SeveralOf({ label, of, chosen, fault, choose }: Props) {
  const all = [...of, ...chosen.filter((value) => !of.includes(value))];
  return (
    <fieldset>
      <legend>{label}</legend>
      <div class="several">
        {all.map((value) => (
          <Switch
            key={value}
            label={value}
            on={chosen.includes(value)}
            turn={(on) => choose(all.filter((other) => other === value ? on : chosen.includes(other)))}
          />
        ))}
      </div>
      {fault !== undefined && <p class="fault">{fault}</p>}
    </fieldset>
  );
}
