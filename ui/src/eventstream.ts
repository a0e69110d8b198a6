// text/event-stream, read from chunks of text.  EventSource cannot send a token, so the page reads streams itself.

export interface StreamEvent {
  id: string;
  kind: string;
  data: string;
}

/** Turns chunks, cut anywhere, into events. */
export class EventStreamParser {
  private rest = "";
  private id = "";
  private kind = "";
  private data: string[] = [];

  /** The events that are complete now. */
  push(chunk: string): StreamEvent[] {
    const lines = (this.rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.line(line));
  }

  private line(line: string): StreamEvent[] {
    if (line === "") return this.dispatched();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    else if (field === "event") this.kind = value;
    else if (field === "id") this.id = value;
    return [];
  }

  private dispatched(): StreamEvent[] {
    const event = { id: this.id, kind: this.kind || "message", data: this.data.join("\n") };
    const empty = this.data.length === 0;
    this.kind = "";
    this.data = [];
    return empty ? [] : [event];
  }
}
