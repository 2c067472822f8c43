/** Puts a text where people paste from; false where the browser does not let it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    // Not there on plain HTTP from another machine.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
