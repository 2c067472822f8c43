/** A source's items, with `ping()` after every `silenceMs` without one. */
export async function* withPings<T>(
  source: AsyncIterator<T>,
  silenceMs: number,
  ping: () => T,
): AsyncGenerator<T, void> {
  try {
    for (;;) {
      const next = source.next();
      let item: IteratorResult<T> | undefined;
      while ((item = await within(next, silenceMs)) === undefined) yield ping();
      if (item.done) return;
      yield item.value;
    }
  } finally {
    await source.return?.();
  }
}

/** What a promise gives, or undefined when it takes longer than `ms`. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<undefined>((resolve) => timer = setTimeout(() => resolve(undefined), ms));
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
