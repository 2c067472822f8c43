/**
 * The path of a request without the base that the service lies below: `/probe` of `/lens/probe` where the base is `/lens`.
 *
 * @param base begins with a slash and ends without one; empty: the service lies at the root
 * @param target of the request line: path and query
 * @returns null for what lies outside the base
 */
export function belowBase(base: string, target: string): string | null {
  if (base === "") return target;
  if (!target.startsWith(base)) return null;
  const rest = target.slice(base.length);
  if (rest === "" || rest.startsWith("?")) return `/${rest}`;
  return rest.startsWith("/") ? rest : null;
}
