import { useState } from "preact/hooks";

interface Props {
  readonly hasKey: boolean;
  readonly keep: (secret: string | null) => void;
}

/** A place for the key of a service that has keys. */
export function KeyField({ hasKey, keep }: Props) {
  const [secret, setSecret] = useState("");
  return (
    <form
      class="key"
      aria-label="Access"
      onSubmit={(event) => {
        event.preventDefault();
        keep(secret);
      }}
    >
      <label for="key">Key</label>
      <input
        id="key"
        type="password"
        autocomplete="off"
        required
        pattern="[\x21-\x7e]+"
        title="letters, digits and signs, without spaces"
        value={secret}
        onInput={(event) => setSecret(event.currentTarget.value)}
      />
      <button type="submit">Use</button>
      {hasKey && <button type="button" onClick={() => keep(null)}>Forget</button>}
      <p class="hint">
        {hasKey ? "A key is in use. " : "This service asks for a key. "}It is kept until this tab closes.
      </p>
    </form>
  );
}
