import { fidelityText } from "../../form/fidelity_text.ts";
import { SelfCheckBadge } from "../../form/self_check_badge.tsx";
import type { ModelInfo } from "../../state/service.ts";
import type { SelfCheck } from "../../state/use_self_check.ts";
import { numberText } from "../../text/number_text.ts";

/** Which model answers, in which precision, and whether its numbers hold. */
export function ModelFacts({ model, check }: { model: ModelInfo; check: SelfCheck | null }) {
  return (
    <section aria-label="Model">
      <h2>{model.id}</h2>
      <dl class="statistics">
        <div>
          <dt>architecture</dt>
          <dd>{model.architecture}, {model.layers} layers</dd>
        </div>
        <div>
          <dt>precision</dt>
          <dd>{fidelityText(model)}</dd>
        </div>
        <div>
          <dt>context</dt>
          <dd>{model.context} tokens</dd>
        </div>
        <div>
          <dt>digest</dt>
          <dd title={model.digest}>{model.digest.slice(0, 19)}…</dd>
        </div>
      </dl>
      {check !== null && (
        <p class="self-check">
          <SelfCheckBadge check={check} />
          {check.refusal !== null && <span class="fault" role="alert">{check.refusal}</span>}
        </p>
      )}
      {check?.result && (
        <table class="checks">
          <thead>
            <tr>
              <th scope="col">what must hold</th>
              <th scope="col">worst</th>
              <th scope="col">bound</th>
              <th scope="col">verdict</th>
            </tr>
          </thead>
          <tbody>
            {check.result.invariants.map(({ name, description, unit, figure, bound, verdict, reason }) => (
              <tr key={name} title={description}>
                <th scope="row">{name.replaceAll("_", " ")}</th>
                <td>{figure === null ? "" : numberText(figure)}</td>
                <td>{numberText(bound)} {unit}</td>
                <td class={verdict === "fail" ? "trouble" : undefined}>{reason ?? verdict}</td>
              </tr>
            ))}
            {check.result.lenses.map(({ id, verdict, detail }) => (
              <tr key={`lens ${id}`}>
                <th scope="row">lens {id}</th>
                <td colSpan={2}>{detail}</td>
                <td>{verdict}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
