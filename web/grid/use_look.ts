import { useEffect, useReducer } from "preact/hooks";

/** A number that changes with the screen's colours and its resolution, which drawings follow only by being made again. */
export function useLook(): number {
  const [look, change] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const queries = ["(prefers-color-scheme: dark)", `(resolution: ${devicePixelRatio}dppx)`].map((query) =>
      matchMedia(query)
    );
    for (const query of queries) query.addEventListener("change", change);
    return () => {
      for (const query of queries) query.removeEventListener("change", change);
    };
  }, [look]);
  return look;
}
