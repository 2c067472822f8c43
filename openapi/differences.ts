/** What changed between two documents, each a sentence that begins with its place. */
export interface Differences {
  readonly breaking: string[];
  readonly additions: string[];
}

/** None yet. */
export function differences(): Differences {
  return { breaking: [], additions: [] };
}
