/**
 * The path of a request without the base that the service lies below: `/probe` of `/lens/probe` where the base is `/lens`.
 *
 * @param base begins with a slash and ends without one; empty: the service lies at the root
 * @param target of the request line: path and query
 * @returns null for what lies outside the base. The base itself has no slash to begin with: the page there refers to its
 *   files by addresses relative to `/lens/`
 */
export function belowBase(base: string, target: string): string | null {
  if (base === "") return target;
  if (!target.startsWith(base)) return null;
  const rest = target.slice(base.length);
  return rest === "" || rest.startsWith("?") || rest.startsWith("/") ? rest : null;
}
