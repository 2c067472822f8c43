import { useEffect, useRef, useState } from "preact/hooks";
import { ProblemError, type TopToken } from "../../../clients/typescript/midstream.ts";
import type { Service } from "../../state/service.ts";
import { percentText } from "../../text/number_text.ts";
import { tokenLabel } from "../../text/token_label.ts";

/** Tokens that one click writes. */
const STEPS = 16;

interface Props {
  readonly service: Pick<Service, "stream">;
  /** The prompt that it goes on from. */
  readonly ids: readonly number[];
  /** Tokens that the model's context has left. */
  readonly room: number;
}

/** The model's own next tokens: the likeliest each time, one probe each, of which all but the last is remembered. */
export function Continuation({ service, ids, room }: Props) {
  const [written, setWritten] = useState<readonly TopToken[]>([]);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const steps = Math.min(STEPS, room - written.length);

  async function write() {
    const { signal } = stop.current = new AbortController();
    setBusy(true);
    setRefusal(null);
    try {
      const tokens = [...written];
      for (let step = 0; step < steps; step += 1) {
        tokens.push(await likeliestAfter(service, [...ids, ...tokens.map(({ id }) => id)], signal));
        setWritten([...tokens]);
      }
    } catch (error) {
      if (!signal.aborted) setRefusal(error instanceof ProblemError ? error.problem.detail : "The service is away.");
    } finally {
      setBusy(false);
    }
  }

  return (
    <section class="continuation" aria-label="Continuation">
      <p class="buttons">
        <button type="button" disabled={busy || steps < 1} onClick={() => void write()}>
          Let it write {Math.max(0, steps)} tokens
        </button>
        <button type="button" disabled={!busy} onClick={() => stop.current.abort()}>Stop writing</button>
      </p>
      {refusal !== null && <p class="fault" role="alert">{refusal}</p>}
      <ol class="tokens" aria-live="off">
        {written.map((token, at) => (
          <li key={at}>
            <span
              class={token.text === "" ? "chip piece" : "chip"}
              title={`id ${token.id}, ${percentText(token.prob)}`}
            >
              {tokenLabel(token)}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

async function likeliestAfter(service: Pick<Service, "stream">, ids: number[], signal: AbortSignal): Promise<TopToken> {
  const options = { layers: [-1], positions: "last", top_k: 1 } as const;
  let token: TopToken | undefined;
  for await (const frame of service.stream(ids, { ...options, layers: [-1] }, signal)) {
    if (frame.type === "output") token = frame.top[0];
  }
  signal.throwIfAborted();
  return token!;
}
