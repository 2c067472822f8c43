/** The engine lives, but this work failed inside it: a fault of ours, not of the request. */
export class EngineFault extends Error {
  override readonly name = "EngineFault";
  /**
   * @param message what happened, for the log only
   * @param id the same id stands in the engine's own log line, with the stack
   */
  constructor(message: string, readonly id: string) {
    super(message);
  }
}
