import { useRef } from "preact/hooks";

/** The object of before for as long as its values are the same, so that what is made from it need not be made again. */
export function useSame<T extends object>(value: T): T {
  const kept = useRef(value);
  const differs = Object.entries(value).some(([name, part]) => kept.current[name as keyof T] !== part);
  if (differs) kept.current = value;
  return kept.current;
}
