import type { Question } from "../state/question.ts";
import { VIEWS } from "../views/views.ts";

interface Props {
  readonly view: string;
  readonly change: (changed: Partial<Question>) => void;
}

/** The ways to look at a prompt. */
export function ViewTabs({ view, change }: Props) {
  return (
    <nav class="views" aria-label="Views">
      {VIEWS.map(({ name, title }) => (
        <button
          key={name}
          type="button"
          {...name === view ? { "aria-current": "page" } : {}}
          onClick={() => change({ view: name })}
        >
          {title}
        </button>
      ))}
    </nav>
  );
}
