import type { OutputFrame, ReadoutFrame } from "../clients/typescript/midstream.ts";
import { numberText, percentText } from "./number_text.ts";
import type { Picture } from "./picture.ts";
import type { Place, Question } from "./question.ts";
import type { StatisticInfo } from "./service.ts";
import { tokenLabel } from "./token_label.ts";

interface Props {
  readonly picture: Picture;
  readonly place: Place | null;
  readonly statistics: readonly StatisticInfo[];
  readonly question: Question;
  readonly follow: (id: number) => void;
}

/** All that is known of a cell. Numbers are shown with three digits; pointing at one shows all of it. */
export function CellDetail({ picture, place, statistics, question, follow }: Props) {
  const cell = place === null ? undefined : picture.cell(place, question.site);
  const token = place === null ? undefined : picture.tokens[place.position];
  return (
    <aside class="detail" aria-label="Cell">
      {place === null || token === undefined
        ? <p class="hint">Point at a cell, or move to one with the arrow keys: its ten likeliest tokens stand here.</p>
        : (
          <>
            <h2>
              position {place.position} <code>{tokenLabel(token)}</code>
              {" · "}
              {place.layer === "output" ? "output" : `layer ${place.layer}`}
            </h2>
            <p class="reading">
              {place.layer === "output"
                ? "what the model itself says"
                : `${question.lens} lens of ${question.site}, norm ${picture.start?.norm}`}
            </p>
            {cell === undefined ? <p class="hint">Not read yet.</p> : (
              <>
                <TopTokens cell={cell} follow={follow} />
                <Statistics cell={cell} statistics={statistics} />
                {"warnings" in cell && cell.warnings.map((warning) => <p class="fault" key={warning}>{warning}</p>)}
              </>
            )}
          </>
        )}
    </aside>
  );
}

function TopTokens({ cell, follow }: { cell: ReadoutFrame | OutputFrame; follow: (id: number) => void }) {
  return (
    <table class="top-tokens">
      <thead>
        <tr>
          <th scope="col">token</th>
          <th scope="col">probability</th>
          <th scope="col">logprob</th>
          <th scope="col">id</th>
          <th scope="col">piece</th>
        </tr>
      </thead>
      <tbody>
        {cell.top.map((token) => (
          <tr key={token.id}>
            <th scope="row">
              <button
                type="button"
                class="token"
                title="Follow this token through the layers"
                onClick={() => follow(token.id)}
              >
                <code>{tokenLabel(token)}</code>
              </button>
            </th>
            <td class="bar" title={String(token.prob)}>
              <span class="amount" style={{ width: `${token.prob * 100}%` }} />
              <span class="number">{percentText(token.prob)}</span>
            </td>
            <td title={String(token.logprob)}>{token.logprob.toFixed(2)}</td>
            <td>{token.id}</td>
            <td>
              <code>{token.piece}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Statistics({ cell, statistics }: { cell: ReadoutFrame | OutputFrame; statistics: readonly StatisticInfo[] }) {
  return (
    <dl class="statistics">
      {statistics.filter(({ name }) => name in cell).map(({ name, unit, description }) => {
        const value = cell[name as keyof typeof cell] as unknown;
        return (
          <div key={name} data-statistic={name}>
            <dt title={description}>{name.replaceAll("_", " ")}</dt>
            <dd title={String(value)}>
              {typeof value === "number" ? `${numberText(value)} ${unit === "rank" ? "" : unit}` : valueText(value)}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function valueText(value: unknown): string {
  return value === null ? "none" : value === true ? "yes" : "no";
}
