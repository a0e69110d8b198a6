import { describe, expect, it } from "vitest";
import { bars, byHost, byWorker, lanes, ticks } from "../src/timeline/lanes";
import type { Operation } from "../src/types";

const at = (milliseconds: number) => new Date(1_000_000 + milliseconds).toISOString();

function operation(
  id: string,
  started: number | null,
  ended: number | null,
  extra: Partial<Operation> = {},
): Operation {
  return {
    id,
    node: "A",
    index: [0, 1],
    relationship: null,
    interface: "Standard",
    operation: "create",
    implementation: "x.sh",
    state: "succeeded",
    attempt: 1,
    worker: "w1",
    queued: null,
    started: started === null ? null : at(started),
    ended: ended === null ? null : at(ended),
    exit_code: 0,
    ...extra,
  };
}

describe("a timeline", () => {
  it("has a bar for what has begun; what runs ends now", () => {
    const all = [operation("b", 30, null), operation("a", 10, 20), operation("c", null, null)];
    const found = bars(all, 1_000_000, 1_000_100);
    expect(found.map(({ id, start, end, running }) => [id, start, end, running])).toEqual([
      ["a@1", 10, 20, false],
      ["b@1", 30, 100, true],
    ]);
  });

  it("puts what overlaps into lanes of its own, and uses a lane again when it is free", () => {
    const all = bars([operation("a", 0, 10), operation("b", 5, 15), operation("c", 10, 20)], 1_000_000, 0);
    const found = lanes(all, byWorker);
    expect(found.map((lane) => [lane.group, lane.first, lane.bars.map((bar) => bar.operation.id)])).toEqual([
      ["w1", true, ["a", "c"]],
      ["w1", false, ["b"]],
    ]);
  });

  it("groups by the topmost host, numbers in order", () => {
    const grouping = byHost(new Map([["A", "srvA"]]));
    const indexes = [10, 2, 1].map((number) => [number, 0]);
    const all = bars(
      indexes.map((index, number) => operation(String(number), 0, 1, { index })),
      1_000_000,
      0,
    );
    expect(lanes(all, grouping).map((lane) => lane.group)).toEqual(["srvA[1]", "srvA[2]", "srvA[10]"]);
  });

  it("has attempts as bars of their own", () => {
    const all = [operation("a", 0, 1, { attempt: 1, state: "failed" }), operation("a", 5, 6, { attempt: 2 })];
    expect(bars(all, 1_000_000, 0).map((bar) => bar.id)).toEqual(["a@1", "a@2"]);
  });

  it("has round marks, no more than there is room for", () => {
    expect(ticks(1000, 5)).toEqual([0, 200, 400, 600, 800, 1000]);
    for (const span of [1, 13, 999, 123_456]) expect(ticks(span, 6).length).toBeLessThanOrEqual(7);
  });
});
