import { type Question, type View, VIEWS } from "./question.ts";

interface Props {
  readonly view: View;
  readonly change: (changed: Partial<Question>) => void;
}

/** The ways to look at a prompt. */
export function ViewTabs({ view, change }: Props) {
  return (
    <nav class="views" aria-label="Views">
      {(Object.keys(VIEWS) as View[]).map((name) => (
        <button
          key={name}
          type="button"
          {...name === view ? { "aria-current": "page" } : {}}
          onClick={() => change({ view: name })}
        >
          {VIEWS[name]}
        </button>
      ))}
    </nav>
  );
}
