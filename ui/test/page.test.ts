import { describe, expect, it } from "vitest";
import { path } from "../src/api";
import { fitted, neighbour, showing, zoomed } from "../src/graph/viewport";
import { flatOf, indexOf, operationName, printed, shortType } from "../src/naming";
import { modelNamed } from "../src/pages/Upload";
import { byFile } from "../src/parts/Failure";
import { valuesOf } from "../src/parts/InputFields";
import { placeOf, to } from "../src/routing";
import { kindOf, leading, ranked } from "../src/states";
import { ago, lasting } from "../src/times";

describe("places", () => {
  it.each([
    ["/ui", { name: "instances" }],
    ["/ui/", { name: "instances" }],
    ["/ui/models/a%20b", { name: "model", model: "a b" }],
    ["/ui/instances/m/i", { name: "instance", model: "m", instance: "i" }],
    ["/ui/executions/e1", { name: "execution", id: "e1" }],
    ["/ui/instances/m", { name: "nowhere", path: "/ui/instances/m" }],
    ["/ui/constructor", { name: "nowhere", path: "/ui/constructor" }],
    ["/ui/%E0%A4%A", { name: "nowhere", path: "/ui/%E0%A4%A" }],
  ])("%s", (pathname, place) => expect(placeOf(pathname)).toEqual(place));

  it("have paths, whatever is in the names", () => {
    expect(placeOf(to("instances", "a/b", "c?d"))).toEqual({ name: "instance", model: "a/b", instance: "c?d" });
    expect(path("exec", "a/b")).toBe("/exec/a%2Fb");
  });
});

describe("node instances", () => {
  it("are numbered in the order of their indexes", () => {
    for (let flat = 0; flat < 24; flat++) expect(flatOf([2, 3, 4], indexOf([2, 3, 4], flat))).toBe(flat);
    expect(indexOf([2, 3, 4], 23)).toEqual([1, 2, 3]);
  });

  it("are written as the API and the command do", () => {
    expect(printed("A", [2, 1])).toBe("A[2,1]");
    expect(printed("A", [])).toBe("A");
    expect(shortType("tosca.nodes.Compute")).toBe("Compute");
    const relationship = { type: "t", source: { node: "A", index: [0, 1] }, target: { node: "B", index: null } };
    expect(operationName({ operation: "add_target", relationship })).toBe("add_target (A[0,1] → B)");
  });
});

describe("states", () => {
  it("that ask for attention come first", () => {
    expect(ranked({ started: 5, error: 1, starting: 2, initial: 0 }).map(([state]) => state)).toEqual([
      "error",
      "starting",
      "started",
    ]);
    expect(leading({})).toBe("initial");
  });

  it("that a model made up are on the way", () => expect(kindOf("half done")).toBe("partly"));
});

describe("times", () => {
  it("are told as people do", () => {
    expect([420, 1500, 12_400, 185_000, 7_440_000].map(lasting)).toEqual([
      "0.42 s",
      "1.5 s",
      "12 s",
      "3 min 5 s",
      "2 h 4 min",
    ]);
    expect(ago(new Date(1000).toISOString(), 3000)).toBe("just now");
    expect(ago(new Date(0).toISOString(), 7000)).toBe("7 s ago");
  });
});

describe("inputs", () => {
  const input = (name: string, type: string) => ({ name, type, required: false, default: null, description: "" });

  it("are sent as their types, and what makes no sense as it was typed: the manager says what is wrong", () => {
    const inputs = [
      input("a", "integer"),
      input("b", "string"),
      input("c", "list"),
      input("d", "boolean"),
      input("e", "map"),
    ];
    expect(valuesOf(inputs, { a: "3", b: "3", c: "[1]", d: "true", e: "{x" })).toEqual({
      a: 3,
      b: "3",
      c: [1],
      d: true,
      e: "{x",
    });
  });

  it("that were left empty are not sent", () => expect(valuesOf([input("a", "string")], { a: "" })).toEqual({}));
});

describe("a file's name", () => {
  it.each([
    ["appli.zip", "appli"],
    ["my model (2).CSAR", "my-model-2-"],
    ["-.zip", "model"],
    ["é.zip", "model"],
  ])("%s makes the model %s", (file, model) => expect(modelNamed(file)).toBe(model));
});

describe("problems", () => {
  it("are grouped by file, in the order in which they come", () => {
    const problem = (file: string, code: string) => ({ severity: "error" as const, code, file, message: code });
    const grouped = byFile([problem("a", "1"), problem("b", "2"), problem("a", "3")]);
    expect([...grouped].map(([file, found]) => [file, found.map(({ code }) => code)])).toEqual([
      ["a", ["1", "3"]],
      ["b", ["2"]],
    ]);
  });
});

describe("the view of a drawing", () => {
  const window = { width: 400, height: 344 };

  it("shows all of it, and what is small not larger than it can be read", () => {
    expect(fitted({ width: 800, height: 200 }, window).scale).toBe(0.5);
    expect(fitted({ width: 10, height: 10 }, window).scale).toBe(1);
    expect(fitted({ width: 10, height: 10 }, { width: 3000, height: 2000 }).scale).toBe(3);
    expect(fitted({ width: 0, height: 0 }, window)).toEqual({ x: 0, y: 0, scale: 1 });
  });

  it("keeps the point under the pointer where it is", () => {
    const view = zoomed({ x: 10, y: 20, scale: 1 }, 2, 110, 120);
    expect([view.x + 100 * view.scale, view.y + 100 * view.scale]).toEqual([110, 120]);
    expect(zoomed(view, 1e9, 0, 0).scale).toBe(4);
  });

  it("moves as little as it must", () => {
    const view = { x: 0, y: 0, scale: 1 };
    expect(showing(view, { x: 50, y: 50, width: 20, height: 20 }, window)).toBe(view);
    expect(showing(view, { x: 500, y: 50, width: 20, height: 20 }, window).x).toBe(400 - 16 - 520);
  });

  it("leads with the arrow keys to the nearest box in a direction", () => {
    const box = (x: number, y: number) => ({ x, y, width: 10, height: 10 });
    const [right, far, below] = [box(50, 5), box(90, 0), box(0, 60)];
    expect(neighbour(box(0, 0), [far, right, below], "right")).toBe(right);
    expect(neighbour(box(0, 0), [far, right, below], "down")).toBe(below);
    expect(neighbour(box(0, 0), [right], "left")).toBeUndefined();
  });
});
