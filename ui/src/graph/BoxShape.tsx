// One box of the graph: a node instance, or a stack or group of them.

import { shortType } from "../naming";
import { StateSign } from "../parts/State";
import { kindOf, leading, ranked } from "../states";
import type { Box } from "./fold";
import type { Rectangle } from "./layout";
import type { LiveStates } from "./live";

interface Asked {
  box: Box;
  live: LiveStates;
  plain: boolean;
  place: Rectangle | undefined;
  /** Whether Tab leads to this box; the arrow keys lead to the others. */
  inOrder: boolean;
  chosen: boolean;
  activate: () => void;
  focused: () => void;
}

const LETTER = 7.4; // about the width of one

export function BoxShape({ box, live, plain, place, inOrder, chosen, activate, focused }: Asked) {
  if (place === undefined) return null;
  const counts = live.counts(box.node, box.low, box.size);
  const state = leading(counts);
  const single = box.kind === "instance";
  const type = shortType(live.template(box.node).type);
  const said = plain ? [type] : ranked(counts).map(([name, count]) => (single ? name : `${count} ${name}`));
  return (
    <g
      class={`box box-${box.kind} kind-${kindOf(state)}${chosen ? " chosen" : ""}`}
      role="button"
      tabIndex={inOrder ? 0 : -1}
      aria-expanded={single ? undefined : box.kind === "group"}
      aria-pressed={single ? chosen : undefined}
      data-box={box.id}
      data-state={single && !plain ? state : undefined}
      transform={`translate(${place.x} ${place.y})`}
      onClick={(event) => {
        event.stopPropagation();
        activate();
      }}
      onFocus={focused}
    >
      <title>{`${box.label}: ${said.join(", ")}`}</title>
      {box.kind === "stack" && <rect class="behind" x={4} y={4} width={place.width} height={place.height} rx={8} />}
      <rect class="frame" width={place.width} height={place.height} rx={8} />
      <text class="name" x={12} y={18}>
        {short(box.label, place.width - 24)}
      </text>
      {plain && (
        <text class="state" x={12} y={36}>
          {short(type, place.width - 20)}
        </text>
      )}
      {single && !plain && <OneState state={state} />}
      {!single && <Several counts={counts} size={box.size} width={place.width} box={box} />}
    </g>
  );
}

function OneState({ state }: { state: string }) {
  return (
    <g transform="translate(11 25)">
      <StateSign state={state} size={13} />
      <text class="state" x={18} y={11}>
        {state}
      </text>
    </g>
  );
}

/** A bar whose parts are as long as many have a state, and beneath it how many. */
function Several(props: { counts: Record<string, number>; size: number; width: number; box: Box }) {
  const { counts, size, width, box } = props;
  const long = width - 24;
  let start = 12;
  const parts = ranked(counts).map(([state, count]) => {
    const part = { state, x: start, width: (count / size) * long };
    start += part.width;
    return part;
  });
  const words = ranked(counts).map(([state, count]) => `${count} ${state}`);
  return (
    <>
      {parts.map((part) => (
        <rect
          key={part.state}
          class={`part kind-${kindOf(part.state)}`}
          x={part.x}
          y={26}
          width={part.width}
          height={6}
        />
      ))}
      {box.kind === "stack" && (
        <text class="state" x={12} y={52}>
          {short(words.join(" · "), long)}
        </text>
      )}
    </>
  );
}

function short(text: string, width: number): string {
  const most = Math.max(Math.floor(width / LETTER), 3);
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
