/** Names and values of a line beside its message: counts, times, ids. */
export type LogProperties = Readonly<Record<string, unknown>>;

/**
 * A structured log. A message may name properties in braces ("request {request_id} failed"); every property is in the
 * line once, in the message or after it.
 */
export interface Log {
  debug(message: string, properties?: LogProperties): void;
  info(message: string, properties?: LogProperties): void;
  warn(message: string, properties?: LogProperties): void;
  error(message: string, properties?: LogProperties): void;
}
