import type { LensInfo, Site, Statistic } from "../../../clients/typescript/midstream.ts";
import { Choice, Field } from "../../form/field.tsx";
import { SITES } from "../../state/question.ts";
import type { StatisticInfo } from "../../state/service.ts";
import type { JobChoices } from "./job_draft.ts";
import { SeveralOf } from "./several_of.tsx";

interface Props {
  readonly choices: JobChoices;
  readonly lenses: readonly LensInfo[];
  readonly statistics: readonly StatisticInfo[];
  readonly faultOf: (member: string) => string | undefined;
  readonly choose: (changed: Partial<JobChoices>) => void;
}

/** What is asked of every prompt of a job. */
export function JobChoicesFields({ choices, lenses, statistics, faultOf, choose }: Props) {
  // What needs another lens to be held against is left to the views that compare.
  const own = statistics.filter(({ name }) => !name.endsWith("_against")).map(({ name }) => name);
  return (
    <>
      <SeveralOf
        label="Lenses"
        of={lenses.filter(({ model_match }) => model_match !== "none").map(({ id }) => id)}
        chosen={choices.lenses}
        fault={faultOf("lenses")}
        choose={(lenses) => choose({ lenses })}
      />
      <SeveralOf
        label="Sites"
        of={SITES}
        chosen={choices.sites}
        fault={faultOf("sites")}
        choose={(sites) => choose({ sites: sites as Site[] })}
      />
      <div class="fields">
        <Choice
          name="job-positions"
          label="Positions"
          value={String(choices.positions)}
          of={["last", "all"]}
          labels={["the last of each prompt", "all"]}
          fault={faultOf("positions")}
          choose={(value) => choose({ positions: value === "all" ? "all" : "last" })}
        />
        <Field name="job-top-k" label="Likeliest tokens of a cell, 0 to 100" fault={faultOf("top_k")}>
          {(props) => (
            <input
              {...props}
              type="number"
              required
              min={0}
              max={100}
              value={choices.top_k}
              onInput={(event) => choose({ top_k: Number(event.currentTarget.value) })}
            />
          )}
        </Field>
      </div>
      <details>
        <summary>Statistics: {choices.statistics.length === 0 ? "none" : choices.statistics.join(", ")}</summary>
        <SeveralOf
          label="Statistics of every cell"
          of={own}
          chosen={choices.statistics}
          fault={faultOf("statistics")}
          choose={(statistics) => choose({ statistics: statistics as Statistic[] })}
        />
      </details>
    </>
  );
}
