/** Why there is no place to wait in. */
export type QueueBound = "places" | "tokens" | "wait" | "share";

/** The queue takes no more of this: come back later. Thrown before any work is done for the request. */
export class QueueFull extends Error {
  override readonly name = "QueueFull";
  constructor(readonly bound: QueueBound, message: string, readonly retryAfterSeconds: number) {
    super(message);
  }
}

/** The service is shutting down and takes nothing new. */
export class Draining extends Error {
  override readonly name = "Draining";
  constructor() {
    super("the service is shutting down");
  }
}
