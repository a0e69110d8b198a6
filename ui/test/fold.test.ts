import { describe, expect, it } from "vitest";
import { chunk, flattened, visible } from "../src/graph/fold";
import { linkId, links } from "../src/graph/links";
import { LiveStates } from "../src/graph/live";
import { exchange, moved } from "../src/graph/ordering";
import { EXAMPLE, node, overview } from "./overviews";

const labels = (live: LiveStates, folding = new Map<string, boolean>()) =>
  flattened(visible(live, folding)).map((box) => `${box.kind} ${box.label}`);

describe("what is seen of an instance", () => {
  it("is all of it while it is small", () => {
    const found = labels(new LiveStates(EXAMPLE));
    expect(found).toContain("group srvA × 3");
    expect(found).toContain("instance A[2,1]");
    expect(found.filter((label) => label.startsWith("instance A["))).toHaveLength(9);
  });

  it("is a box of each kind when there are thousands", () => {
    const live = new LiveStates(overview([node("server", [1000]), node("app", [1000, 2], "server")]));
    expect(labels(live)).toEqual(["stack server × 1000", "stack app × 2000"]);
  });

  it("unfolds step by step down to the instances", () => {
    const live = new LiveStates(overview([node("server", [1000]), node("app", [1000, 1], "server")]));
    const folding = new Map([["server:0-999", true]]);
    expect(labels(live, folding)).toContain("stack server[900] … 999");
    folding.set("server:900-999", true);
    expect(labels(live, folding)).toContain("stack server[990] … 999");
    folding.set("server:990-999", true);
    expect(labels(live, folding)).toContain("instance server[999]");
    expect(labels(live, folding)).toContain("instance app[999,0]");
  });

  it("never unfolds into more boxes than a person can look through", () => {
    for (const size of [2, 50, 51, 999, 2000, 1_000_000]) expect(size / chunk(size)).toBeLessThanOrEqual(50);
  });

  it("has nothing for a template without instances", () => {
    expect(labels(new LiveStates(overview([node("none", [0])])))).toEqual([]);
  });

  it("has no more than a few arrows for each relationship, which lead to what is seen", () => {
    const live = new LiveStates(EXAMPLE);
    const roots = visible(live, new Map());
    const ids = new Set(flattened(roots).map((box) => box.id));
    const found = links(roots, live.edges);
    expect(found).toHaveLength(6);
    for (const { source, target } of found) expect(ids.has(source) && ids.has(target)).toBe(true);
  });

  it("lets no arrow lead into a stack", () => {
    const nodes = [node("server", [500]), node("app", [500, 1], "server"), node("db", [1])];
    const live = new LiveStates(overview(nodes, [["app", "db"]]));
    expect(links(visible(live, new Map()), live.edges).map(({ source }) => source)).toEqual(["server:0-499"]);
  });
});

describe("the order of like instances", () => {
  const live = new LiveStates(EXAMPLE);
  const roots = visible(live, new Map());
  const found = links(roots, live.edges);
  const rows = new Map([2, 0, 1].map((number, row) => [`srvA:${number}`, { x: 0, y: row * 100, width: 1, height: 1 }]));

  it("is that of their numbers, with all that is in them and the arrows that lead to them", () => {
    const by = exchange(roots, found, rows);
    expect([2, 0, 1].map((number) => by.get(`srvA:${number}`))).toEqual(["srvA:0", "srvA:1", "srvA:2"]);
    expect(by.get("A:6")).toBe("A:0");
    const arrow = found.find((link) => link.source === "A:6-8");
    expect(arrow && moved(arrow, by)).toBe(linkId("A.to", "A:0-2", arrow?.target ?? ""));
    expect(new Set(found.map((link) => moved(link, by))).size).toBe(found.length);
  });

  it("stays what it is where arrows were left out", () => {
    expect(exchange(roots, found.slice(1), rows).size).toBe(0);
  });
});

describe("states", () => {
  it("change with the events, and whoever listens is told once for several", () => {
    const live = new LiveStates(EXAMPLE);
    let told = 0;
    const end = live.subscribe(() => told++);
    live.happened([
      { seq: 1, time: "", node: "A", index: [2, 1], state: "created" },
      { seq: 2, time: "", node: "A", index: [2, 1], state: "started" },
      { seq: 3, time: "", node: "A", index: [0, 0], operation: "create", exit_code: 0 },
    ]);
    expect(live.state("A", 7)).toBe("started");
    expect(live.counts("A", 0, 9)).toEqual({ initial: 8, started: 1 });
    expect(told).toBe(1);
    end();
    live.happened([]);
    expect(told).toBe(1);
  });

  it("of what the picture does not have are passed over", () => {
    const live = new LiveStates(EXAMPLE);
    live.happened([{ seq: 1, time: "", node: "other", index: [0], state: "started" }]);
    expect(live.total()).toEqual({ initial: 15 });
  });
});
