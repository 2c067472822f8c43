import type { ComponentProps } from "preact";
import { Legend } from "../../colours/legend.tsx";
import { Grid } from "../../grid/grid.tsx";
import type { FaceOf } from "../../grid/face.ts";
import type { Shown } from "../view.ts";
import type { Linked } from "./beside.tsx";

/** What every pane is given. */
export type PaneParts = Pick<Shown, "picture" | "question" | "change"> & Linked;

interface Props extends PaneParts {
  readonly name: string;
  readonly title: string;
  /** What its cells show. */
  readonly shows: string;
  readonly hint: string;
  readonly legend: ComponentProps<typeof Legend>;
  readonly faceOf: FaceOf;
}

/** One of the grids that stand beside each other, under its title and its legend. */
export function Pane({ name, title, shows, hint, legend, faceOf, ...parts }: Props) {
  const { picture, question, change, hovered, hover, link } = parts;
  return (
    <section class="pane" aria-label={title}>
      <h2>{title}</h2>
      <Legend {...legend} />
      <p class="hint">{hint}</p>
      <Grid
        name={name}
        label={`${title}: ${shows}`}
        picture={picture}
        faceOf={faceOf}
        stride={question.stride}
        zoom={question.zoom}
        active={question.cell}
        activate={(cell) => change({ cell })}
        hovered={hovered}
        hover={hover}
        link={link}
      />
    </section>
  );
}
