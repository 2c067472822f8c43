import { useEffect, useState } from "preact/hooks";
import type { ChatMessage } from "../../clients/typescript/midstream.ts";
import type { Question } from "../state/question.ts";

const ROLES = ["system", "user", "assistant"];

interface Props {
  readonly question: Question;
  readonly change: (changed: Partial<Question>) => void;
}

/** What was said before the prompt, oldest first. The model's own template puts it together. */
export function ChatTurns({ question: { turns }, change }: Props) {
  const put = (turns: readonly ChatMessage[]) => change({ turns, cell: null });
  return (
    <fieldset class="turns">
      <legend>Said before</legend>
      {turns.map((turn, at) => (
        <Turn
          key={at}
          name={`message ${at + 1}`}
          turn={turn}
          say={(turn) => put(turns.with(at, turn))}
          remove={() => put(turns.toSpliced(at, 1))}
        />
      ))}
      <button
        type="button"
        onClick={() => put([...turns, { role: turns.length === 0 ? "system" : "user", content: "" }])}
      >
        Add a message
      </button>
    </fieldset>
  );
}

interface TurnProps {
  readonly name: string;
  readonly turn: ChatMessage;
  readonly say: (turn: ChatMessage) => void;
  readonly remove: () => void;
}

/** One message. It is asked with when Enter is pressed, or the field is left. */
function Turn({ name, turn, say, remove }: TurnProps) {
  const [content, setContent] = useState(turn.content);
  useEffect(() => setContent(turn.content), [turn.content]);
  const settle = () => content !== turn.content && say({ ...turn, content });
  return (
    <div class="turn">
      <select
        aria-label={`Role of ${name}`}
        value={turn.role}
        onChange={(event) => say({ role: event.currentTarget.value, content })}
      >
        {[...new Set([...ROLES, turn.role])].map((role) => <option key={role}>{role}</option>)}
      </select>
      <textarea
        aria-label={`Text of ${name}`}
        rows={Math.min(4, content.split("\n").length)}
        value={content}
        onInput={(event) => setContent(event.currentTarget.value)}
        onBlur={settle}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          settle();
        }}
      />
      <button type="button" aria-label={`Remove ${name}`} onClick={remove}>×</button>
    </div>
  );
}
