import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ScrollLink } from "./scroll_link.ts";

/** What of a grid is seen, in CSS pixels. */
export interface Sight {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Before a grid was measured. */
const FIRST: Sight = { left: 0, top: 0, width: 1600, height: 1000 };
/** Scrolling has come to rest when nothing moved for so many milliseconds. */
const REST = 120;

/** What is seen now, and what was seen when scrolling last came to rest: elements are made for that alone. */
export function useSight(scroller: RefObject<HTMLElement | null>, link: ScrollLink | null) {
  const [sight, setSight] = useState(FIRST);
  const [rest, setRest] = useState(FIRST);
  useEffect(() => {
    const element = scroller.current!;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      const { scrollLeft: left, scrollTop: top, clientWidth: width, clientHeight: height } = element;
      const seen = { left, top, width, height };
      setSight(seen);
      return seen;
    };
    const scrolled = () => {
      const seen = look();
      clearTimeout(timer);
      timer = setTimeout(() => setRest(seen), REST);
    };
    const sizes = new ResizeObserver(() => setRest(look()));
    sizes.observe(element);
    element.addEventListener("scroll", scrolled, { passive: true });
    const leave = link?.join(element);
    return () => {
      clearTimeout(timer);
      sizes.disconnect();
      element.removeEventListener("scroll", scrolled);
      leave?.();
    };
  }, [link]);
  return { sight, rest };
}
