import type { Question } from "../state/question.ts";

const ROLES = ["system", "user", "assistant"];

interface Props {
  readonly question: Question;
  readonly change: (changed: Partial<Question>) => void;
}

/** What was said before the prompt, oldest first. The model's own template puts it together. */
export function ChatTurns({ question: { turns }, change }: Props) {
  const put = (at: number, turn: Partial<Question["turns"][number]>) =>
    change({ turns: turns.map((old, index) => index === at ? { ...old, ...turn } : old), cell: null });
  return (
    <fieldset class="turns">
      <legend>Said before</legend>
      {turns.map(({ role, content }, at) => (
        <div class="turn" key={at}>
          <select
            aria-label={`Role of message ${at + 1}`}
            value={role}
            onChange={(event) => put(at, { role: event.currentTarget.value })}
          >
            {[...new Set([...ROLES, role])].map((name) => <option key={name}>{name}</option>)}
          </select>
          <textarea
            aria-label={`Message ${at + 1}`}
            rows={Math.min(4, content.split("\n").length)}
            value={content}
            onChange={(event) => put(at, { content: event.currentTarget.value })}
          />
          <button
            type="button"
            aria-label={`Remove message ${at + 1}`}
            onClick={() => change({ turns: turns.toSpliced(at, 1), cell: null })}
          >
            ×
          </button>
        </div>
      ))}
      <button
        type="button"
        onClick={() => change({ turns: [...turns, { role: turns.length === 0 ? "system" : "user", content: "" }] })}
      >
        Add a message
      </button>
    </fieldset>
  );
}
