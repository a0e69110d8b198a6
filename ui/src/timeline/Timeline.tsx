// An execution as a timeline: a bar for each operation, per host or per worker, the critical path marked.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import "../style/timeline.css";
import { kindOf } from "../states";
import { lasting } from "../times";
import type { Operation } from "../types";
import { type Bar, bars, byHost, byWorker, type Lane, lanes, ticks } from "./lanes";

interface Asked {
  operations: readonly Operation[];
  /** When the execution began and, if it has, ended: milliseconds since 1970. */
  began: number;
  now: number;
  hosts: ReadonlyMap<string, string>;
  critical: ReadonlySet<string>;
  chosen: string | undefined;
  choose: (bar: Bar) => void;
}

const ROW = 26;
const NAMES = 130; // pixels for the names of groups
const AHEAD = 10; // rows drawn above and below what is seen
const ZOOMS = [1, 2, 4, 8, 16, 32];

export default function Timeline({ operations, began, now, hosts, critical, chosen, choose }: Asked) {
  const [by, setBy] = useState<"host" | "worker">("host");
  const [zoom, setZoom] = useState(1);
  const scroller = useRef<HTMLDivElement>(null);
  const window = useWindow(scroller);
  const all = useMemo(() => bars(operations, began, now), [operations, began, now]);
  const rows = useMemo(() => lanes(all, by === "host" ? byHost(hosts) : byWorker), [all, by, hosts]);
  const span = Math.max(...all.map((bar) => bar.end), 1);
  const width = Math.max(window.width - NAMES - 16, 120) * zoom;
  const scale = width / span;
  const first = Math.max(Math.floor(window.top / ROW) - AHEAD, 0);
  const shown = rows.slice(first, first + Math.ceil(window.height / ROW) + 2 * AHEAD);

  return (
    <section class="timeline" aria-label="Timeline">
      <div class="timeline-tools">
        <fieldset>
          <legend class="hidden">Rows</legend>
          {(["host", "worker"] as const).map((choice) => (
            <label key={choice}>
              <input type="radio" name="by" checked={by === choice} onChange={() => setBy(choice)} /> per {choice}
            </label>
          ))}
        </fieldset>
        <label>
          Scale{" "}
          <select value={zoom} onChange={(event) => setZoom(Number(event.currentTarget.value))}>
            {ZOOMS.map((factor) => (
              <option key={factor} value={factor}>
                {factor} ×
              </option>
            ))}
          </select>
        </label>
        <Legend marked={critical.size > 0} />
      </div>
      <div ref={scroller} class="timeline-window" tabIndex={0} role="group" aria-label="Operations over time">
        <svg
          width={NAMES + width + 16}
          height={(rows.length + 1) * ROW}
          role="group"
          aria-label="Operations"
          onKeyDown={(event) => step(event, rows, chosen)}
        >
          <Scale span={span} scale={scale} rows={rows.length} most={width / 90} />
          {shown.map((lane, number) => (
            <Row
              key={`${lane.group} ${first + number}`}
              lane={lane}
              top={(first + number + 1) * ROW}
              scale={scale}
              critical={critical}
              chosen={chosen}
              entry={all[0]?.id}
              choose={choose}
            />
          ))}
        </svg>
      </div>
    </section>
  );
}

function Legend({ marked }: { marked: boolean }) {
  return (
    <p class="legend">
      <span class="swatch kind-well" /> succeeded <span class="swatch kind-working" /> running{" "}
      <span class="swatch kind-wrong failed" /> failed{" "}
      {marked && (
        <>
          <span class="swatch critical" /> critical path
        </>
      )}
    </p>
  );
}

function Scale({ span, scale, rows, most }: { span: number; scale: number; rows: number; most: number }) {
  return (
    <g class="scale" aria-hidden="true">
      {ticks(span, most).map((at) => (
        <g key={at} transform={`translate(${NAMES + at * scale} 0)`}>
          <line y1={ROW - 6} y2={(rows + 1) * ROW} />
          <text y={ROW - 11}>{lasting(at)}</text>
        </g>
      ))}
    </g>
  );
}

function Row(props: {
  lane: Lane;
  top: number;
  scale: number;
  critical: ReadonlySet<string>;
  chosen: string | undefined;
  entry: string | undefined;
  choose: (bar: Bar) => void;
}) {
  const { lane, top, scale, critical, chosen, entry, choose } = props;
  return (
    <g transform={`translate(0 ${top})`}>
      {lane.first && (
        <>
          <line class="group-line" x1={0} x2="100%" y1={0.5} y2={0.5} />
          <text class="group-name" x={4} y={17}>
            {lane.group.length > 17 ? `${lane.group.slice(0, 16)}…` : lane.group}
            <title>{lane.group}</title>
          </text>
        </>
      )}
      {lane.bars.map((bar) => (
        <BarShape
          key={bar.id}
          bar={bar}
          x={NAMES + bar.start * scale}
          width={Math.max((bar.end - bar.start) * scale, 3)}
          critical={critical.has(bar.operation.id)}
          chosen={chosen === bar.id}
          inOrder={(chosen ?? entry) === bar.id}
          choose={() => choose(bar)}
        />
      ))}
    </g>
  );
}

function BarShape(props: {
  bar: Bar;
  x: number;
  width: number;
  critical: boolean;
  chosen: boolean;
  inOrder: boolean;
  choose: () => void;
}) {
  const { bar, x, width, critical, chosen, inOrder, choose } = props;
  const { state, attempt } = bar.operation;
  const said = [
    bar.label,
    state,
    lasting(bar.end - bar.start),
    attempt !== null && attempt > 1 ? `attempt ${attempt}` : "",
    critical ? "on the critical path" : "",
  ];
  const label = said.filter(Boolean).join(", ");
  const room = Math.floor((width - 8) / 6.6);
  return (
    <g
      class={`bar kind-${kindOf(state)}${critical ? " critical" : ""}${chosen ? " chosen" : ""}`}
      role="button"
      tabIndex={inOrder ? 0 : -1}
      aria-pressed={chosen}
      data-bar={bar.id}
      data-state={state}
      transform={`translate(${x} 3)`}
      onClick={choose}
    >
      <title>{label}</title>
      <rect width={width} height={ROW - 6} rx={4} />
      {state === "failed" && <path class="cross" d={`M${width / 2 - 4} 6l8 8m0-8l-8 8`} />}
      {state !== "failed" && room > 4 && (
        <text x={5} y={14}>
          {bar.label.length > room ? `${bar.label.slice(0, room - 1)}…` : bar.label}
        </text>
      )}
    </g>
  );
}

/** Move the focus with the arrow keys: along a lane, or to the bar of another lane that is nearest in time. */
function step(
  event: KeyboardEvent & { currentTarget: SVGSVGElement },
  rows: readonly Lane[],
  chosen: string | undefined,
) {
  const focused = document.activeElement?.getAttribute("data-bar") ?? chosen;
  const row = rows.findIndex((lane) => lane.bars.some((bar) => bar.id === focused));
  const here = rows[row]?.bars.find((bar) => bar.id === focused);
  if (here === undefined) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    document.activeElement?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    return;
  }
  const next = nextBar(event.key, rows, row, here);
  if (next === undefined) return;
  event.preventDefault();
  const shape = event.currentTarget.querySelector<SVGGElement>(`[data-bar="${CSS.escape(next.id)}"]`);
  shape?.focus();
  shape?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function nextBar(key: string, rows: readonly Lane[], row: number, here: Bar): Bar | undefined {
  const lane = rows[row]?.bars ?? [];
  if (key === "ArrowRight") return lane[lane.indexOf(here) + 1];
  if (key === "ArrowLeft") return lane[lane.indexOf(here) - 1];
  if (key !== "ArrowDown" && key !== "ArrowUp") return undefined;
  const other = rows[row + (key === "ArrowDown" ? 1 : -1)]?.bars ?? [];
  const distance = (bar: Bar) => Math.abs(bar.start - here.start);
  return other.reduce<Bar | undefined>(
    (best, bar) => (best && distance(best) <= distance(bar) ? best : bar),
    undefined,
  );
}

interface Window {
  top: number;
  width: number;
  height: number;
}

/** Which part of what scrolls is seen. */
function useWindow(scroller: { current: HTMLDivElement | null }): Window {
  const [window, setWindow] = useState<Window>({ top: 0, width: 800, height: 400 });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const look = () => setWindow({ top: element.scrollTop, width: element.clientWidth, height: element.clientHeight });
    const watching = new ResizeObserver(look);
    watching.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      watching.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  return window;
}
