import { useState } from "preact/hooks";
import { AddSet } from "./add_set.tsx";
import { BUILT_IN_SET } from "./built_in_set.ts";
import { keepSets, type KeptSets, keptSets, withSet } from "./kept_sets.ts";
import type { PromptSet } from "./prompt_set.ts";

const MOST_LETTERS = 70;

interface Props {
  /** The one that is shown; it may be of no set. */
  readonly prompt: string;
  readonly show: (prompt: string) => void;
}

/** Goes through prompts one after another: a set, and a prompt of it. */
export function SetPicker({ prompt, show }: Props) {
  const [kept, setKept] = useState(() => keptSets(() => sessionStorage));
  const [hasRoom, setHasRoom] = useState(true);
  const sets = [BUILT_IN_SET, ...kept.sets];
  const set = sets.find(({ name }) => name === kept.chosen) ?? sets.find((set) => set.prompts.includes(prompt)) ??
    BUILT_IN_SET;
  const at = set.prompts.indexOf(prompt);

  function keep(next: KeptSets) {
    setKept(next);
    setHasRoom(keepSets(() => sessionStorage, next));
  }

  function choose(set: PromptSet) {
    keep({ ...kept, chosen: set.name });
    show(set.prompts[0]!);
  }

  function add({ name, prompts }: PromptSet) {
    const set = { name: name === BUILT_IN_SET.name ? `${name} (file)` : name, prompts };
    keep(withSet(kept, set));
    show(set.prompts[0]!);
  }

  function remove() {
    keep({ sets: kept.sets.filter(({ name }) => name !== set.name), chosen: null });
  }

  return (
    <section class="set-picker" aria-label="Prompt sets">
      <div class="field">
        <label for="set">Set</label>
        <select
          id="set"
          value={set.name}
          onChange={(event) => choose(sets.find(({ name }) => name === event.currentTarget.value)!)}
        >
          {sets.map(({ name }) => <option key={name} value={name}>{name}</option>)}
        </select>
      </div>
      <div class="field question-of-set">
        <label for="question-of-set">Question</label>
        <select
          id="question-of-set"
          value={at}
          onChange={(event) => {
            const chosen = set.prompts[Number(event.currentTarget.value)];
            if (chosen !== undefined) show(chosen);
          }}
        >
          {at < 0 && <option value={-1}>a prompt of its own</option>}
          {set.prompts.map((prompt, at) => <option key={at} value={at}>{at + 1}. {cut(prompt)}</option>)}
        </select>
      </div>
      <p class="buttons">
        <button type="button" disabled={at <= 0} onClick={() => show(set.prompts[at - 1]!)}>Previous</button>
        <button type="button" disabled={at === set.prompts.length - 1} onClick={() => show(set.prompts[at + 1]!)}>
          Next
        </button>
        {set !== BUILT_IN_SET && <button type="button" onClick={remove}>Remove the set</button>}
      </p>
      <AddSet names={sets.map(({ name }) => name)} add={add} />
      {!hasRoom && <p class="fault">There is no room to keep the sets: they are gone when the page is loaded again.</p>}
    </section>
  );
}

function cut(prompt: string): string {
  const letters = [...prompt.replaceAll("\n", "⏎")];
  return letters.length > MOST_LETTERS ? `${letters.slice(0, MOST_LETTERS - 1).join("")}…` : letters.join("");
}
