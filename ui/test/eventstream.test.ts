import { describe, expect, it } from "vitest";
import { EventStreamParser } from "../src/eventstream";

const STREAM = 'id: 7\nevent: state\ndata: {"a":1}\n\n: waiting\n\nid: 8\nevent: end\ndata: one\ndata: two\n\n';
const EVENTS = [
  { id: "7", kind: "state", data: '{"a":1}' },
  { id: "8", kind: "end", data: "one\ntwo" },
];

describe("text/event-stream", () => {
  it("is the same events wherever it is cut", () => {
    for (let cut = 0; cut <= STREAM.length; cut++) {
      const parser = new EventStreamParser();
      expect([...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut))]).toEqual(EVENTS);
    }
  });

  it("is the same events letter by letter, with any kind of line ends", () => {
    for (const end of ["\n", "\r\n"]) {
      const parser = new EventStreamParser();
      const letters = [...STREAM.replaceAll("\n", end)];
      expect(letters.flatMap((letter) => parser.push(letter))).toEqual(EVENTS);
    }
  });

  it("keeps an event back until it is complete", () => {
    const parser = new EventStreamParser();
    expect(parser.push("id: 1\ndata: x\n")).toEqual([]);
    expect(parser.push("\n")).toEqual([{ id: "1", kind: "message", data: "x" }]);
  });

  it("has no event where only a comment was sent", () => {
    expect(new EventStreamParser().push(": waiting\n\n")).toEqual([]);
  });
});
