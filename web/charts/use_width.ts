import { useEffect, useRef, useState } from "preact/hooks";

const AT_FIRST = 960;

/** The width of an element in pixels, so that what is drawn in it keeps the size of its text. */
export function useWidth<T extends HTMLElement>() {
  const element = useRef<T>(null);
  const [width, setWidth] = useState(AT_FIRST);
  useEffect(() => {
    const sizes = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    sizes.observe(element.current!);
    return () => sizes.disconnect();
  }, []);
  return { element, width };
}
