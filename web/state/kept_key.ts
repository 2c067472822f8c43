/** Of the session's storage, which ends with the tab: a key is in no link and outlives no visit. */
const KEY = "midstream-key";

/** The key of a service, kept until the tab closes; until the page is loaded anew where the browser keeps nothing. */
export class KeptKey {
  readonly #storage: Storage | null;

  /** @param storage throws where the browser refuses it, for example to pages that may keep no data */
  constructor(storage: () => Storage) {
    this.#storage = unlessRefused(storage);
  }

  get secret(): string | null {
    return unlessRefused(() => this.#storage?.getItem(KEY) ?? null);
  }

  keep(secret: string | null): void {
    unlessRefused(() => {
      if (secret === null) this.#storage?.removeItem(KEY);
      else this.#storage?.setItem(KEY, secret);
    });
  }
}

function unlessRefused<T>(use: () => T): T | null {
  try {
    return use();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
