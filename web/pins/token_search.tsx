import { useEffect, useState } from "preact/hooks";
import type { Service } from "../state/service.ts";
import type { VocabularyToken } from "../state/vocabulary.ts";
import { tokenLabel } from "../text/token_label.ts";
import { type Found, useVocabularySearch } from "./use_vocabulary_search.ts";

interface Props {
  readonly service: Service;
  readonly pins: readonly number[];
  readonly pin: (token: VocabularyToken) => void;
}

/** Looks a token up by its text and pins it (WAI-ARIA, combobox with a list box). */
export function TokenSearch({ service, pins, pin }: Props) {
  const [query, setQuery] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const found = useVocabularySearch(service, query);
  useEffect(() => setActive(0), [found]);
  const { tokens } = found;
  const shows = isOpen && query !== "" && tokens.length > 0;

  function choose(token: VocabularyToken | undefined) {
    if (token === undefined) return;
    setQuery("");
    setOpen(false);
    if (!pins.includes(token.id)) pin(token);
  }

  function onKeyDown(event: KeyboardEvent) {
    const move = STEPS[event.key];
    if (move !== undefined && tokens.length > 0) {
      if (shows) setActive((active + move + tokens.length) % tokens.length);
      setOpen(true);
    } else if (event.key === "Enter") choose(shows ? tokens[active] : undefined);
    else if (event.key === "Escape") {
      if (!isOpen) setQuery("");
      setOpen(false);
    } else return;
    event.preventDefault();
  }

  return (
    <div class="token-search">
      <label for="token-search">Find a token</label>
      <input
        id="token-search"
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        maxLength={64}
        aria-autocomplete="list"
        aria-expanded={shows}
        aria-controls="token-options"
        {...shows ? { "aria-activedescendant": `token-option-${active}` } : {}}
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setOpen(true);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setOpen(false)}
        onClick={() => setOpen(true)}
      />
      <ul id="token-options" role="listbox" aria-label="Tokens found" hidden={!shows}>
        {shows && tokens.map((token, at) => (
          <li
            key={token.id}
            id={`token-option-${at}`}
            role="option"
            aria-selected={at === active}
            // The field keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
            onMouseMove={() => setActive(at)}
            onClick={() => choose(token)}
          >
            <code>{tokenLabel(token)}</code>
            <small>
              {token.kind === "text" ? "" : `${token.kind} `}#{token.id} <code>{token.piece}</code>
              {pins.includes(token.id) ? " pinned" : ""}
            </small>
          </li>
        ))}
      </ul>
      <p role="status" class={found.fault === null ? "hint" : "fault"}>{statusText(found, query)}</p>
    </div>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

function statusText({ query, tokens, total, fault }: Found, typed: string): string {
  if (typed === "" || query === "") return "";
  if (fault !== null) return fault;
  if (total === 0) return `No token has “${query}” in its text.`;
  return tokens.length < total ? `The best ${tokens.length} of ${total} tokens.` : `${total} tokens.`;
}
