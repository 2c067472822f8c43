import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  /** What the button does: "Delete". */
  readonly label: string;
  /** Asked before it is done. */
  readonly question: string;
  readonly confirm: () => void;
}

/** Something that cannot be undone: asked about beside the button. Escape, as the second answer, leaves it. */
export function ConfirmButton({ label, question, confirm }: Props) {
  const [asks, setAsks] = useState(false);
  const first = useRef<HTMLButtonElement>(null), no = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (asks) no.current!.focus();
  }, [asks]);
  function leave() {
    setAsks(false);
    queueMicrotask(() => first.current?.focus());
  }
  if (!asks) return <button type="button" ref={first} onClick={() => setAsks(true)}>{label}</button>;
  return (
    <span
      class="confirm"
      role="group"
      aria-label={question}
      onKeyDown={(event) => event.key === "Escape" && leave()}
    >
      <span>{question}</span>
      <button type="button" onClick={confirm}>{label}</button>
      <button type="button" ref={no} onClick={leave}>Keep</button>
    </span>
  );
}
