/** A token bucket, full at first: `size` may be spent at once, and `size` flow back in `windowMs`. */
export interface Bucket {
  readonly level: number;
  /** When that was its level, in milliseconds. */
  readonly at: number;
}

/**
 * The level at `now`. A clock that jumped back gives nothing and takes nothing.
 * @param size of the bucket now: a key's quota may have changed since
 */
export function levelOf(bucket: Bucket | undefined, size: number, windowMs: number, now: number): number {
  if (!bucket) return size;
  return Math.min(size, bucket.level + Math.max(0, now - bucket.at) * size / windowMs);
}

/**
 * Milliseconds until `amount` may be spent; 0: now. What is larger than the bucket may be spent when it is full, and leaves a debt: it
 * could never be spent otherwise.
 */
export function waitOf(level: number, amount: number, size: number, windowMs: number): number {
  // Nothing may be spent of nothing, now and in a window's time.
  if (size === 0) return amount > 0 ? windowMs : 0;
  return Math.max(0, (Math.min(amount, size) - level) * windowMs / size);
}
