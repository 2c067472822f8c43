import { report, type ServiceContext } from "../env.ts";
import { ClientGone } from "../deadline.ts";

/**
 * A streamed body, written only as fast as it is read. A source that throws breaks the connection: what was sent before
 * never looks like a whole answer. A reader that goes away stops the request's work.
 */
export function bodyStream(c: ServiceContext, source: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  const ended = Promise.withResolvers<void>();
  c.set("streamed", ended.promise);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await source.next();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        // The runtime prints what a body breaks with; that nobody listens is no fault.
        if (error instanceof ClientGone) controller.close();
        else controller.error(error);
      }
      ended.resolve();
    },
    async cancel() {
      report(c, { hung_up: true });
      c.get("abort")(new ClientGone("the client stopped reading"));
      // Not before the source has let go of what it holds; that it was aborted is no news.
      await Promise.resolve(source.return?.()).catch(() => {});
      ended.resolve();
    },
  }, { highWaterMark: 0 });
}
