// Follows the events of an execution, whatever happens to the manager: after a break it goes on from the last event.

import { ApiError, isAborted, path, request } from "./api";
import { EventStreamParser, type StreamEvent } from "./eventstream";
import type { Execution, Happening } from "./types";

export type Connection = "connecting" | "live" | "reconnecting" | "crowded" | "ended";

export interface Follower {
  happened(items: Happening[]): void;
  connection(state: Connection): void;
  ended(execution: Execution): void;
}

const PAUSES = [250, 500, 1000, 2000, 4000]; // milliseconds
// The manager says something each second; a connection that says nothing for so long is dead, though nobody has said so.
const SILENCE = 10_000;

/** Follow from the event after `seq` (all of them without one), until the execution ends or `signal` is aborted. */
export async function follow(id: string, seq: number | null, follower: Follower, signal: AbortSignal): Promise<void> {
  let last = seq;
  let failures = 0;
  const take = (events: StreamEvent[]) => {
    failures = 0;
    last = taken(events, follower, last);
  };
  follower.connection("connecting");
  while (!signal.aborted) {
    const broken = await attempt(() => once(id, last, signal, take, () => follower.connection("live")));
    if (broken === "over" || signal.aborted) return;
    follower.connection(broken);
    await pause(PAUSES[Math.min(failures++, PAUSES.length - 1)] ?? 0, signal);
  }
}

/** What has become of a connection; what can be no better next time is thrown. */
async function attempt(connect: () => Promise<boolean>): Promise<"over" | "reconnecting" | "crowded"> {
  try {
    return (await connect()) ? "over" : "reconnecting";
  } catch (error) {
    if (isAborted(error)) return "reconnecting";
    if (!(error instanceof ApiError) || !error.passing) throw error;
    return error.code === "too-many-streams" ? "crowded" : "reconnecting";
  }
}

/** Hand the events on; the answer is the number of the last one. */
function taken(events: StreamEvent[], follower: Follower, last: number | null): number | null {
  const news = events.filter((event) => event.kind !== "end").map((event) => JSON.parse(event.data) as Happening);
  if (news.length > 0) follower.happened(news);
  for (const event of events.filter((found) => found.kind === "end")) {
    follower.connection("ended");
    follower.ended(JSON.parse(event.data) as Execution);
  }
  return news.at(-1)?.seq ?? last;
}

/** One connection; whether the execution has ended, else the connection merely broke. */
async function once(
  id: string,
  last: number | null,
  signal: AbortSignal,
  take: (events: StreamEvent[]) => void,
  open: () => void,
): Promise<boolean> {
  const silence = new AbortController();
  const either = AbortSignal.any([signal, silence.signal]);
  const headers: Record<string, string> = last === null ? {} : { "Last-Event-ID": String(last) };
  let timer = setTimeout(() => silence.abort(), SILENCE);
  try {
    const response = await request(`${path("exec", id)}/events`, { headers, signal: either });
    open();
    const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventStreamParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return false;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE);
      const events = parser.push(value);
      if (events.length > 0) take(events);
      if (events.some((event) => event.kind === "end")) return true;
    }
  } catch (error) {
    // A connection that breaks in the middle is no ApiError yet.
    throw error instanceof ApiError || signal.aborted ? error : new ApiError(0, "unreachable", String(error));
  } finally {
    clearTimeout(timer);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
