import { useEffect, useRef, useState } from "preact/hooks";

/** Something that a button shows and hides; Escape, and a click elsewhere, hide it too. */
export function useMenu() {
  const [isOpen, setOpen] = useState(false);
  const element = useRef<HTMLDivElement>(null), button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const onClick = (event: MouseEvent) => {
      // A click may have taken the menu away.
      if (element.current?.contains(event.target as Node) === false) setOpen(false);
    };
    addEventListener("click", onClick);
    return () => removeEventListener("click", onClick);
  }, [isOpen]);
  function onKeyDown({ key }: KeyboardEvent) {
    if (key !== "Escape" || !isOpen) return;
    setOpen(false);
    button.current!.focus();
  }
  return { isOpen, element, button, onKeyDown, toggle: () => setOpen((isOpen) => !isOpen) };
}
