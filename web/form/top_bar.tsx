import type { ComponentChildren } from "preact";
import { EXPLORE, PAGES } from "../pages/pages.ts";
import type { Question } from "../state/question.ts";
import type { ModelInfo } from "../state/service.ts";
import { fidelityText } from "./fidelity_text.ts";

interface Props {
  readonly model: ModelInfo | null;
  readonly page: string;
  readonly change: (changed: Partial<Question>) => void;
  /** What else is said of the model. */
  readonly children?: ComponentChildren;
}

/** The model, and the ways to the pages. */
export function TopBar({ model, page, change, children }: Props) {
  return (
    <header class="top">
      <h1>Midstream</h1>
      <div class="model">
        {model !== null && <span>{`${model.id} · ${fidelityText(model)} · ${model.layers} layers`}</span>}
        {children}
      </div>
      <nav class="pages" aria-label="Pages">
        {[EXPLORE, ...PAGES].map(({ name, title }) => (
          <button
            key={name}
            type="button"
            {...name === page ? { "aria-current": "page" } : {}}
            onClick={() => change({ page: name })}
          >
            {title}
          </button>
        ))}
        <a href="docs">API</a>
      </nav>
    </header>
  );
}
